/**
 * Exact cells of the picture, helper to console. The layout and the sheet it draws on are described in
 * `deskhand_protocol::call::tile`.
 *
 * A picture is divided into cells of 64 × 64 pixels from its upper left corner, the last column and row clipped. What
 * is decoded is bounded by the picture that the message announces, before a byte of it is made.
 */

import { inflateSync } from 'fflate';
import { Malformed, Reader } from './bytes';
import { CELL, Grid, type Rect } from './grid';
import { PICTURE_PIXELS, TILE_MESSAGE } from './limit';

/** No deflate stream makes more of a byte. */
const DEFLATE_MOST = 1032;
/** Of one message. */
const VECTORS = 7;
/** Of one cell. */
const PATCHES = 8;
/** The most that one cell can take of the body: all of it in full, in as many patches as there may be. */
const CELL_BYTES = 5 + PATCHES * 8 + CELL * CELL * 3 + PATCHES * 256 * 3;
const WHAT = 'tile message';

/** What a message says of itself before its body. */
interface TileHead {
  monitor: number;
  /** When its cells were captured: 90 kHz, wraps. */
  stamp: number;
  /** Size of the picture. */
  width: number;
  height: number;
  /** Which one on its sheet. */
  number: number;
}

/** Where on the sheet something comes from, seen from where it goes. */
export interface Vector {
  dx: number;
  dy: number;
}

export type Encoding = 'plain' | 'palette' | 'full';

/** The pixels of a rectangle, checked. */
export interface Pixels {
  encoding: Encoding;
  /** Red, green, blue of each colour; empty for `full`. */
  palette: Uint8Array;
  data: Uint8Array;
}

/** 0: the sheet at the same place; else the number of a vector, from 1. */
export interface Kept {
  from: number;
}

/** A part of a cell; its place counts from the cell's. */
export interface Patch extends Rect {
  fill: Pixels | Kept;
}

export type Shows = Pixels | (Kept & { cells: number }) | (Kept & { patches: Patch[] });

/** One cell, or with `cells` so many after one another. */
export interface Tile {
  cell: number;
  shows: Shows;
}

export interface TileMessage extends TileHead {
  grid: Grid;
  vectors: Vector[];
  tiles: Tile[];
}

function head(reader: Reader): TileHead & { grid: Grid; vectors: Vector[] } {
  reader.require(reader.u8() === 0x02);
  const monitor = reader.u8();
  const stamp = reader.u32();
  const grid = new Grid(reader.u16(), reader.u16());
  reader.require(grid.width * grid.height <= PICTURE_PIXELS);
  const number = reader.u32();
  const count = reader.u8();
  reader.require(count <= VECTORS);
  const vectors = Array.from({ length: count }, () => ({ dx: reader.i16(), dy: reader.i16() }));
  return { monitor, stamp, width: grid.width, height: grid.height, number, grid, vectors };
}

/** Reads the whole message; throws {@link Malformed}. */
export function decodeTiles(bytes: Uint8Array): TileMessage {
  const reader = new Reader(bytes, WHAT);
  reader.require(bytes.length <= TILE_MESSAGE);
  const said = head(reader);
  const { grid, vectors } = said;
  const count = reader.u16();
  const raw = reader.u32();
  reader.require(count >= 1 && count <= grid.cells);
  reader.require(raw <= count * CELL_BYTES);
  const body = new Reader(inflate(reader.rest(), raw), WHAT);
  const tiles: Tile[] = [];
  // The first that is not drawn yet.
  let free = 0;
  for (let n = 0; n < count; n += 1) {
    const cell = body.u16();
    body.require(cell >= free && cell < grid.cells);
    const tile = { cell, shows: shows(body, grid.box(cell), vectors.length) };
    free = cell + cellsOf(tile);
    body.require(free <= grid.cells);
    tiles.push(tile);
  }
  body.end();
  return { ...said, tiles };
}

/** How many cells it draws. */
export function cellsOf({ shows }: Tile): number {
  return 'cells' in shows ? shows.cells : 1;
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

function shows(body: Reader, box: Rect, vectors: number): Shows {
  const encoding = body.u8();
  if (encoding === 3) {
    const { from } = kept(body, vectors);
    const cells = body.u16();
    body.require(cells >= 1);
    return { from, cells };
  }
  if (encoding !== 4) return pixels(encoding, body, box.width * box.height);
  const { from } = kept(body, vectors);
  const count = body.u8();
  body.require(count >= 1 && count <= PATCHES);
  let area = 0;
  const patches = Array.from({ length: count }, () => {
    const [x, y, width, height] = [body.u8(), body.u8(), body.u8(), body.u8()];
    body.require(width > 0 && height > 0 && x + width <= box.width && y + height <= box.height);
    area += width * height;
    const encoding = body.u8();
    const fill = encoding === 3 ? kept(body, vectors) : pixels(encoding, body, width * height);
    return { x, y, width, height, fill };
  });
  body.require(area <= box.width * box.height);
  return { from, patches };
}

function kept(body: Reader, vectors: number): Kept {
  const from = body.u8();
  body.require(from <= vectors);
  return { from };
}

function pixels(encoding: number, body: Reader, area: number): Pixels {
  switch (encoding) {
    case 0:
      return { encoding: 'plain', palette: body.take(3), data: NOTHING };
    case 1: {
      const colours = body.u8() + 1;
      const palette = body.take(colours * 3);
      const data = body.take(area);
      body.require(data.every((index) => index < colours));
      return { encoding: 'palette', palette, data };
    }
    case 2:
      return { encoding: 'full', palette: NOTHING, data: body.take(area * 3) };
    default:
      throw new Malformed(WHAT);
  }
}

/** Writes pixels of a rectangle into rows of a picture, red first in memory, opaque. */
export function paint({ encoding, palette, data }: Pixels, rect: Rect, into: Uint32Array, stride: number): void {
  const { x, y, width, height } = rect;
  const opaque = (red: number, green: number, blue: number) => (red | (green << 8) | (blue << 16) | OPAQUE) >>> 0;
  const colours = Array.from({ length: palette.length / 3 }, (_, n) =>
    opaque(palette[n * 3] ?? 0, palette[n * 3 + 1] ?? 0, palette[n * 3 + 2] ?? 0),
  );
  for (let row = 0, from = 0; row < height; row += 1) {
    const start = (y + row) * stride + x;
    if (encoding === 'plain') {
      into.fill(colours[0] ?? 0, start, start + width);
      continue;
    }
    let [red, green, blue] = [0, 0, 0];
    for (let to = start; to < start + width; to += 1) {
      if (encoding === 'palette') {
        into[to] = colours[data[from] ?? 0] ?? 0;
        from += 1;
        continue;
      }
      red = (red + (data[from] ?? 0)) & 0xff;
      green = (green + (data[from + 1] ?? 0)) & 0xff;
      blue = (blue + (data[from + 2] ?? 0)) & 0xff;
      into[to] = opaque(red, green, blue);
      from += 3;
    }
  }
}

/** Alpha of a pixel that hides what is below it. */
export const OPAQUE = 0xff000000;
