/** Video and exact cells come by different ways: whatever the order, the end is the same, and it is right. */

import { expect, test } from 'vitest';
import { Grid } from '../src/protocol/grid';
import { ExactLayer, SHEETS, type Change, type Moving, type Placed } from '../src/transport/exact';
import { random, runs, tileMessage } from './wire';

/** What a person would see: by cell the stamp of the exact cell over it, or none. */
class Seen {
  readonly layer = new ExactLayer();
  cells = new Map<number, number>();
  drawn: number | undefined;

  picture(picture: Moving): void {
    const change: Change = this.layer.picture(picture);
    if (change.dropped === 'all') this.cells.clear();
    else for (const cell of change.dropped) this.cells.delete(cell);
    this.#place(change.placed);
    this.drawn = picture.stamp;
  }

  tiles(message: Uint8Array): void {
    const { placed, missing } = this.layer.take(message);
    expect(missing).toBe(false);
    this.#place(placed);
  }

  get end() {
    return [...this.cells].sort(([a], [b]) => a - b);
  }

  #place(placed: Placed | null): void {
    for (const cell of placed?.cells ?? []) this.cells.set(cell, red(placed?.sheet, cell));
  }
}

/** Of the first pixel of a cell. */
function red(sheet: Placed['sheet'] | undefined, cell: number): number {
  if (!sheet) return 0;
  const { x, y } = sheet.grid.box(cell);
  return (sheet.pixels[y * sheet.grid.width + x] ?? 0) & 0xff;
}

type Sent = { at: number; picture: Moving } | { at: number; message: Uint8Array };

/** What a helper sends of a desktop that changes at random. Each cell shows the number of the capture it changed in. */
function play(seed: number) {
  const next = random(seed);
  // Stamps wrap in the middle.
  const stampOf = (capture: number) => (0xffffffff - 20 * 1_500 + capture * 1_500) >>> 0;
  let grid = new Grid(64 * (2 + next(4)) - next(40), 64 * (2 + next(3)) - next(40));
  let monitor = 0;
  let changed = new Map<number, number>();
  let exact = new Map<number, number>();
  let pictured = -1;
  let number = 0;
  const sent: Sent[] = [];
  for (let capture = 0; capture < 40; capture += 1) {
    const stamp = stampOf(capture);
    const other = capture > 0 && next(14) === 0;
    if (other) {
      grid = new Grid(64 * (2 + next(4)), 64 * (2 + next(3)));
      monitor = next(2);
    }
    const key = capture === 0 || other || next(12) === 0;
    if (key) {
      exact = new Map();
      number = 0;
      if (other || capture === 0) changed = new Map(Array.from({ length: grid.cells }, (_, cell) => [cell, capture]));
    }
    for (let n = next(4); n > 0; n -= 1) changed.set(next(grid.cells), capture);
    // A capture whose video is left away, because a tile says it all, is no picture.
    const { width, height } = grid;
    if (key || next(3) > 0) {
      const moved = [...changed]
        .filter(([cell, when]) => when > pictured && (exact.get(cell) ?? -1) < when)
        .map(([cell]) => cell);
      const picture: Moving = { key, monitor, width, height, stamp, moved: key ? [] : runs(moved) };
      sent.push({ at: capture, picture });
      pictured = capture;
    }
    const cells = Array.from({ length: next(4) }, () => next(grid.cells));
    if (cells.length > 0) {
      for (const cell of cells) exact.set(cell, capture);
      const named = [...new Set(cells)].map((cell) => ({ cell, rgb: [capture, 0, 0] as const }));
      sent.push({ at: capture, message: tileMessage(monitor, stamp, grid, named, number) });
      number += 1;
    }
  }
  return { sent, changed, exact };
}

function show(order: Sent[]): Seen {
  const seen = new Seen();
  for (const one of order) {
    if ('picture' in one) seen.picture(one.picture);
    else seen.tiles(one.message);
  }
  return seen;
}

/** Pictures keep their order and so do messages, but not among each other. */
function shuffled(sent: Sent[], seed: number): Sent[] {
  const next = random(seed);
  const ways = [sent.filter((one) => 'picture' in one), sent.filter((one) => 'message' in one)];
  const order: Sent[] = [];
  while (order.length < sent.length) {
    const way = ways[next(2)];
    const one = way?.shift();
    if (one) order.push(one);
  }
  return order;
}

test('every order of pictures and cells ends in what the order of capture ends in', () => {
  for (let seed = 0; seed < 150; seed += 1) {
    const { sent } = play(seed);
    const straight = show(sent).end;
    for (let order = 0; order < 6; order += 1) {
      expect([seed, show(shuffled(sent, seed * 31 + order)).end]).toEqual([seed, straight]);
    }
  }
});

test('in every order, no cell is shown as exact after it changed in a picture that was drawn', () => {
  for (let seed = 0; seed < 150; seed += 1) {
    const { sent, changed, exact } = play(seed);
    const seen = show(shuffled(sent, seed));
    const pictured = Math.max(...sent.map((one) => ('picture' in one ? one.at : 0)));
    for (const [cell, capture] of seen.cells) {
      const change = changed.get(cell) ?? 0;
      // What changed after the last picture is news to the viewer.
      if (change <= pictured) expect([seed, cell, capture >= change]).toEqual([seed, cell, true]);
    }
    // And nothing that is exact is missing.
    for (const [cell, capture] of exact) {
      if (capture >= (changed.get(cell) ?? 0))
        expect([seed, cell, seen.cells.get(cell)]).toEqual([seed, cell, capture]);
    }
  }
});

const grid = new Grid(128, 128);
const key = (stamp: number, monitor = 0): Moving => ({ key: true, monitor, width: 128, height: 128, stamp, moved: [] });
const delta = (stamp: number, cells: number[]): Moving => ({ ...key(stamp), key: false, moved: runs(cells) });
const cell = (stamp: number, index: number, monitor = 0) =>
  tileMessage(monitor, stamp, grid, [{ cell: index, rgb: [stamp & 0xff, 0, 0] }]);

test('a cell stands until its part of the picture moves, and only its', () => {
  const seen = new Seen();
  seen.picture(key(10));
  seen.tiles(cell(12, 0));
  seen.tiles(cell(12, 3));
  seen.picture(delta(14, [3]));
  expect(seen.end).toEqual([[0, 12]]);
  expect(seen.layer.exact).toEqual({ held: 1, cells: 4 });
});

test('a cell of the very capture in which it moved stands, an older one does not', () => {
  const seen = new Seen();
  seen.picture(key(10));
  seen.picture(delta(20, [0, 1]));
  seen.tiles(cell(20, 0));
  seen.tiles(cell(19, 1));
  expect(seen.end).toEqual([[0, 20]]);
});

test('a cell that is newer than the picture is shown at once and outlives older pictures that move it', () => {
  const seen = new Seen();
  seen.picture(key(10));
  seen.tiles(cell(30, 2));
  seen.picture(delta(20, [2]));
  expect(seen.end).toEqual([[2, 30]]);
});

test('a cell for a picture that is still to come waits for it', () => {
  const seen = new Seen();
  seen.tiles(cell(12, 0));
  seen.tiles(cell(8, 1));
  expect(seen.end).toEqual([]);
  seen.picture(key(10));
  expect(seen.end).toEqual([[0, 12]]);
  // Another monitor of the same size.
  seen.tiles(cell(25, 1, 1));
  expect(seen.end).toEqual([[0, 12]]);
  seen.picture(key(24, 1));
  expect(seen.end).toEqual([[1, 25]]);
});

test('a message that is missing is said once, and nothing is shown until the sheet begins anew', () => {
  const layer = new ExactLayer();
  layer.picture(key(1));
  const answer = (number: number) => layer.take(tileMessage(0, 2, grid, [{ cell: 0, rgb: [1, 1, 1] }], number));
  expect(answer(0)).toMatchObject({ cells: 1, missing: false });
  expect(answer(0).placed?.cells).toEqual([0]);
  expect(answer(2)).toEqual({ cells: 0, placed: null, missing: true });
  expect(answer(1)).toEqual({ cells: 0, placed: null, missing: false });
  expect(answer(0).placed?.cells).toEqual([0]);
  // It came twice.
  expect(answer(1).placed?.cells).toEqual([0]);
  expect(answer(1).placed).toBeNull();
});

test('no more sheets are kept than may be needed', () => {
  const layer = new ExactLayer();
  for (let monitor = 0; monitor <= SHEETS; monitor += 1) layer.take(cell(1, 0, monitor));
  const next = (monitor: number) => layer.take(tileMessage(monitor, 2, grid, [{ cell: 0, rgb: [1, 1, 1] }], 1));
  expect(next(SHEETS).missing).toBe(false);
  expect(next(0).missing).toBe(true);
});

test('another connection has another clock: nothing of the last is held in it', () => {
  const seen = new Seen();
  seen.picture(key(5_000));
  seen.tiles(cell(5_001, 0));
  seen.layer.restart();
  seen.tiles(cell(3, 1));
  seen.picture(key(2));
  expect(seen.end).toEqual([[1, 3]]);
});
