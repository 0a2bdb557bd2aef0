import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCursor } from './cursor';
import { decodeFrame } from './frame';
import { decodeInput, encodeInput, type InputMessage } from './input';
import type { Grid, Rect } from './grid';
import { decodeTiles, paint, type Pixels, type Tile } from './tile';

interface Vector {
  name: string;
  hex: string;
  value: Record<string, unknown>;
}

function vectors<T>(file: string): T {
  const url = new URL(`../../../server-lite/protocol/vectors/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as T;
}

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

describe('input messages', () => {
  test.each(vectors<Vector[]>('input'))('$name', ({ hex: layout, value }) => {
    expect(hex(encodeInput(value as unknown as InputMessage))).toBe(layout);
    expect(decodeInput(bytes(layout))).toEqual(value);
  });
});

describe('cursor messages', () => {
  test.each(vectors<Vector[]>('cursor'))('$name', ({ hex: layout, value }) => {
    const message = decodeCursor(bytes(layout));
    expect('rgba' in message ? { ...message, rgba: hex(message.rgba) } : message).toEqual(value);
  });
});

describe('frames', () => {
  test.each(vectors<Vector[]>('frame'))('$name', ({ hex: layout, value }) => {
    const frame = decodeFrame(bytes(layout));
    expect({ ...frame, data: hex(frame.data) }).toEqual(value);
  });
});

/** As the vectors write pixels. */
function painted(pixels: Pixels, { width, height }: Rect) {
  const into = new Uint32Array(width * height);
  paint(pixels, { x: 0, y: 0, width, height }, into, width);
  const rgb = new Uint8Array(into.buffer).filter((_, at) => at % 4 < 3);
  return { kind: pixels.encoding, rgb: Buffer.from(rgb).toString('hex') };
}

/** As the vectors write a cell. */
function readable({ cell, shows }: Tile, grid: Grid) {
  if ('cells' in shows) return { cell, kind: 'kept', ...shows };
  if ('encoding' in shows) return { cell, ...grid.box(cell), ...painted(shows, grid.box(cell)) };
  const patches = shows.patches.map(({ fill, ...rect }) => ({
    ...rect,
    ...('from' in fill ? { kind: 'kept', ...fill } : painted(fill, rect)),
  }));
  return { cell, kind: 'patched', from: shows.from, patches };
}

describe('tile messages', () => {
  test.each(vectors<Vector[]>('tile'))('$name', ({ hex: layout, value }) => {
    const { grid, vectors, tiles, ...head } = decodeTiles(bytes(layout));
    expect({
      ...head,
      vectors: vectors.map(({ dx, dy }) => [dx, dy]),
      tiles: tiles.map((tile) => readable(tile, grid)),
    }).toEqual(value);
  });
});

describe('what every decoder refuses', () => {
  const bad = vectors<Record<string, { name: string; hex: string }[]>>('bad');
  const decoders = { input: decodeInput, cursor: decodeCursor, frame: decodeFrame, tile: decodeTiles };
  for (const [kind, decode] of Object.entries(decoders)) {
    test.each(bad[kind] ?? [])(`${kind}: $name`, ({ hex: layout }) => {
      expect(() => decode(bytes(layout))).toThrow(/^malformed/);
    });
  }

  test('every good message that is cut short, except where its rest is text or data', () => {
    for (const { hex: layout, value } of [...vectors<Vector[]>('cursor'), ...vectors<Vector[]>('input')]) {
      if (value.kind === 'text' || value.kind === 'key_down' || value.kind === 'held') continue;
      const whole = bytes(layout);
      const decode = 'seq' in value ? decodeInput : decodeCursor;
      for (let length = 0; length < whole.length; length += 1) {
        expect(() => decode(whole.subarray(0, length))).toThrow(/^malformed/);
      }
    }
  });

  test('random bytes, without anything but a refusal', () => {
    let state = 1;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
    for (let round = 0; round < 5_000; round += 1) {
      const data = Uint8Array.from({ length: random() % 40 }, random);
      for (const decode of Object.values(decoders)) {
        try {
          decode(data);
        } catch (error) {
          expect((error as Error).message).toMatch(/^malformed/);
        }
      }
    }
  });
});
