/**
 * Exact cells of the picture, helper to console. The layout is described in `deskhand_protocol::call::tile`.
 *
 * A picture is divided into cells of 64 × 64 pixels from its upper left corner, the last column and row clipped. What
 * is decoded is bounded by the picture that the message announces, before a byte of it is made.
 */

import { inflateSync } from 'fflate';
import { Malformed, Reader } from './bytes';
import { CELL, Grid } from './grid';
import { TILE_MESSAGE } from './limit';

/** No deflate stream makes more of a byte. */
const DEFLATE_MOST = 1032;
const WHAT = 'tile message';

/** What a message says of itself; its body is not read for it. */
export interface TileHead {
  monitor: number;
  /** When its cells were captured: 90 kHz, wraps. */
  stamp: number;
  /** Size of the picture. */
  width: number;
  height: number;
  /** How many cells it has. */
  count: number;
}

export type Encoding = 'plain' | 'palette' | 'full';

/** One cell, checked; {@link pixels} makes its picture. */
export interface Tile {
  cell: number;
  x: number;
  y: number;
  width: number;
  height: number;
  encoding: Encoding;
  /** Red, green, blue of each colour; empty for `full`. */
  palette: Uint8Array;
  data: Uint8Array;
}

export interface TileMessage extends TileHead {
  tiles: Tile[];
}

function head(reader: Reader): TileHead & { grid: Grid; raw: number } {
  reader.require(reader.u8() === 0x01);
  const monitor = reader.u8();
  const stamp = reader.u32();
  const grid = new Grid(reader.u16(), reader.u16());
  const count = reader.u16();
  const raw = reader.u32();
  reader.require(count >= 1 && count <= grid.cells);
  reader.require(raw <= count * (3 + 3 + CELL * CELL * 3));
  return { monitor, stamp, width: grid.width, height: grid.height, count, grid, raw };
}

/** Reads only what the message says of itself; throws {@link Malformed}. */
export function decodeTileHead(bytes: Uint8Array): TileHead {
  const reader = new Reader(bytes, WHAT);
  reader.require(bytes.length <= TILE_MESSAGE);
  const { monitor, stamp, width, height, count } = head(reader);
  return { monitor, stamp, width, height, count };
}

/** Reads the whole message; throws {@link Malformed}. */
export function decodeTiles(bytes: Uint8Array): TileMessage {
  const reader = new Reader(bytes, WHAT);
  reader.require(bytes.length <= TILE_MESSAGE);
  const { grid, raw, ...said } = head(reader);
  const body = new Reader(inflate(reader.rest(), raw), WHAT);
  const tiles: Tile[] = [];
  let last = -1;
  for (let n = 0; n < said.count; n += 1) {
    const cell = body.u16();
    body.require(cell > last && cell < grid.cells);
    last = cell;
    tiles.push(tile(body, cell, grid));
  }
  body.end();
  return { ...said, tiles };
}

function inflate(deflated: Uint8Array, length: number): Uint8Array {
  if (length > deflated.length * DEFLATE_MOST) throw new Malformed(WHAT);
  let body: Uint8Array;
  try {
    // What does not fit is left out without a word: one byte more shows it.
    body = inflateSync(deflated, { out: new Uint8Array(length + 1) });
  } catch {
    throw new Malformed(WHAT);
  }
  if (body.length !== length) throw new Malformed(WHAT);
  return body;
}

const NOTHING = new Uint8Array();

function tile(body: Reader, cell: number, grid: Grid): Tile {
  const box = grid.box(cell);
  const area = box.width * box.height;
  switch (body.u8()) {
    case 0:
      return { cell, ...box, encoding: 'plain', palette: body.take(3), data: NOTHING };
    case 1: {
      const colours = body.u8() + 1;
      const palette = body.take(colours * 3);
      const data = body.take(area);
      body.require(data.every((index) => index < colours));
      return { cell, ...box, encoding: 'palette', palette, data };
    }
    case 2:
      return { cell, ...box, encoding: 'full', palette: NOTHING, data: body.take(area * 3) };
    default:
      throw new Malformed(WHAT);
  }
}

/** The pixels of a cell, red first, opaque, rows from the top. */
export function pixels({ width, height, encoding, palette, data }: Tile): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(out.buffer);
  if (encoding === 'full') {
    for (let row = 0, from = 0, to = 0; row < height; row += 1) {
      let [red, green, blue] = [0, 0, 0];
      for (let column = 0; column < width; column += 1, from += 3, to += 4) {
        out[to] = red = (red + (data[from] ?? 0)) & 0xff;
        out[to + 1] = green = (green + (data[from + 1] ?? 0)) & 0xff;
        out[to + 2] = blue = (blue + (data[from + 2] ?? 0)) & 0xff;
        out[to + 3] = 0xff;
      }
    }
    return out;
  }
  const colours = new Uint32Array(palette.length / 3);
  const channels = new Uint8Array(colours.buffer);
  for (let n = 0; n < colours.length; n += 1) channels.set([...palette.subarray(n * 3, n * 3 + 3), 0xff], n * 4);
  if (encoding === 'plain') words.fill(colours[0] ?? 0);
  else for (let n = 0; n < words.length; n += 1) words[n] = colours[data[n] ?? 0] ?? 0;
  return out;
}
