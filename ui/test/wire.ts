/** Messages as a helper writes them, for tests of what reads them; and numbers that look random and are not. */

import { deflateSync } from 'fflate';
import type { Run } from '../src/protocol/frame';
import type { Grid } from '../src/protocol/grid';

export interface Cell {
  cell: number;
  rgb: readonly [number, number, number];
}

/** A message of cells of one colour each; with another number than 0, for the sheet that was begun by that. */
export function tileMessage(
  monitor: number,
  stamp: number,
  grid: Grid,
  cells: Cell[],
  number = 0,
  seed = number,
): Uint8Array {
  const body: number[] = [];
  for (const { cell, rgb } of [...cells].sort((a, b) => a.cell - b.cell)) {
    body.push(cell & 0xff, cell >> 8);
    const { width, height } = grid.box(cell);
    const pixels = Array.from({ length: width * height });
    // All three encodings of the same.
    if (seed % 3 === 0) body.push(0, ...rgb);
    else if (seed % 3 === 1) body.push(1, 1, 9, 9, 9, ...rgb, ...pixels.map(() => 1));
    else body.push(2, ...pixels.flatMap((_, at) => (at % width === 0 ? rgb : [0, 0, 0])));
  }
  const deflated = deflateSync(Uint8Array.from(body));
  const message = new Uint8Array(21 + deflated.length);
  const view = new DataView(message.buffer);
  message.set([2, monitor]);
  view.setUint32(2, stamp, true);
  view.setUint16(6, grid.width, true);
  view.setUint16(8, grid.height, true);
  view.setUint32(10, number, true);
  view.setUint16(15, cells.length, true);
  view.setUint32(17, body.length, true);
  message.set(deflated, 21);
  return message;
}

export interface FrameHead {
  key: boolean;
  monitor: number;
  seq: number;
  grid: Grid;
  stamp: number;
  moved: Run[];
}

/** A frame whose data is nothing. */
export function frameMessage({ key, monitor, seq, grid, stamp, moved }: FrameHead): Uint8Array {
  const message = new Uint8Array(26 + moved.length * 4);
  const view = new DataView(message.buffer);
  message.set([1, 1, Number(key), monitor]);
  view.setUint32(4, seq, true);
  view.setUint16(8, grid.width, true);
  view.setUint16(10, grid.height, true);
  view.setUint32(12, seq * 1_000, true);
  view.setUint32(20, stamp, true);
  view.setUint16(24, moved.length, true);
  moved.forEach(({ start, len }, n) => {
    view.setUint16(26 + n * 4, start, true);
    view.setUint16(28 + n * 4, len, true);
  });
  return message;
}

/** With its tag, as the shell sends it. */
export function tagged(tag: 'F' | 'T', message: Uint8Array): Uint8Array {
  return Uint8Array.from([tag.charCodeAt(0), ...message]);
}

/** Cells as runs that do not touch. */
export function runs(cells: number[]): Run[] {
  const all: Run[] = [];
  for (const cell of [...cells].sort((a, b) => a - b)) {
    const last = all.at(-1);
    if (last && last.start + last.len === cell) last.len += 1;
    else all.push({ start: cell, len: 1 });
  }
  return all;
}

/** Numbers from 0 to less than `below`, the same for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
