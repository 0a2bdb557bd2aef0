/** What tile messages draw, message by message: as the helper has it, to the pixel. */

import { readFileSync } from 'node:fs';
import { inflateSync } from 'fflate';
import { expect, test } from 'vitest';
import { Grid } from '../src/protocol/grid';
import { decodeTiles, type Tile, type TileMessage, type Vector } from '../src/protocol/tile';
import { boxes, Sheet } from '../src/transport/sheet';

const grid = new Grid(130, 70);

function message(number: number, vectors: Vector[], tiles: Tile[]): TileMessage {
  return { monitor: 0, stamp: number, width: grid.width, height: grid.height, number, grid, vectors, tiles };
}

const plain = (cell: number, rgb: [number, number, number]): Tile => ({
  cell,
  shows: { encoding: 'plain', palette: Uint8Array.of(...rgb), data: new Uint8Array() },
});

function pixel(sheet: Sheet, x: number, y: number): number[] {
  const value = sheet.pixels[y * sheet.grid.width + x] ?? 0;
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff];
}

interface Vectors {
  name: string;
  width: number;
  height: number;
  messages: string[];
  deflated_rgb: string;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../server-lite/protocol/vectors/sheet.json', import.meta.url), 'utf8'),
) as Vectors[];

test.each(vectors)('$name', ({ width, height, messages, deflated_rgb }) => {
  const sheet = new Sheet(0, new Grid(width, height));
  for (const hex of messages) expect(sheet.draw(decodeTiles(Buffer.from(hex, 'hex')))).not.toBe('missing');
  const shown = new Uint8Array(sheet.pixels.buffer).filter((_, at) => at % 4 < 3);
  expect(Buffer.from(shown).equals(Buffer.from(inflateSync(Buffer.from(deflated_rgb, 'hex'))))).toBe(true);
  expect(new Uint8Array(sheet.pixels.buffer).every((value, at) => at % 4 < 3 || value === 0xff)).toBe(true);
});

test('a page moves all at once, and what was never drawn is never read', () => {
  const sheet = new Sheet(0, grid);
  sheet.draw(message(0, [], [plain(0, [1, 0, 0]), plain(1, [2, 0, 0])]));
  const left = [{ dx: 64, dy: 0 }];
  expect(sheet.draw(message(1, left, [{ cell: 0, shows: { from: 1, cells: 1 } }]))).toEqual([0]);
  expect([pixel(sheet, 0, 0), pixel(sheet, 64, 0)]).toEqual([
    [2, 0, 0],
    [2, 0, 0],
  ]);
  expect(sheet.draw(message(2, left, [{ cell: 1, shows: { from: 1, cells: 1 } }]))).toBe('missing');
  expect(pixel(sheet, 64, 0)).toEqual([2, 0, 0]);
  expect([sheet.stamp(0), sheet.stamp(1), sheet.stamp(2)]).toEqual([1, 0, null]);
});

test('what a sheet had before it began anew is shown and not referred to', () => {
  const sheet = new Sheet(0, grid);
  sheet.draw(message(0, [], [plain(0, [1, 0, 0])]));
  sheet.draw(message(0, [], [plain(1, [2, 0, 0])]));
  expect([pixel(sheet, 0, 0), sheet.stamp(0)]).toEqual([[1, 0, 0], 0]);
  expect(sheet.draw(message(1, [], [{ cell: 0, shows: { from: 0, cells: 1 } }]))).toBe('missing');
});

test('cells side by side are one rectangle, and rows of them one more', () => {
  expect(boxes(grid, [0, 1, 2, 3, 4, 5])).toEqual([{ x: 0, y: 0, width: 130, height: 70 }]);
  expect(boxes(grid, [1, 3, 4])).toEqual([
    { x: 64, y: 0, width: 64, height: 64 },
    { x: 0, y: 64, width: 128, height: 6 },
  ]);
  expect(boxes(grid, [2, 3])).toEqual([
    { x: 128, y: 0, width: 2, height: 64 },
    { x: 0, y: 64, width: 64, height: 6 },
  ]);
});
