/** The whole way from messages to the composed picture, with a decoder and a painter that do as they are told. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { around, Grid } from '../src/protocol/grid';
import type { Placed } from '../src/transport/exact';
import type { Draw, Painter } from '../src/transport/painter/painter';
import { Projection, type Tell, type Told } from '../src/transport/projection';
import { frameMessage, random, runs, tagged, tileMessage } from './wire';

interface Chunk {
  timestamp: number;
}

/** Decodes at once; the picture is its own number. */
class InstantDecoder {
  state = 'unconfigured';
  decodeQueueSize = 0;
  constructor(private readonly init: { output: (frame: unknown) => void }) {}
  configure() {
    this.state = 'configured';
  }
  decode({ timestamp }: Chunk) {
    this.init.output({ timestamp, close: () => undefined });
  }
  close() {
    this.state = 'closed';
  }
}

/** Keeps by cell what would be seen: `v7` of the seventh picture, `t9` of an exact cell. */
class Paper implements Painter {
  readonly kind = '2d';
  renewed: (() => void) | null = null;
  broken = false;
  cells: string[] = [];
  wiped = 0;
  presented = 0;
  #exact = new Set<number>();

  constructor(private readonly slow: boolean) {}

  begin(width: number, height: number) {
    this.cells = Array.from({ length: new Grid(width, height).cells }, () => '');
    this.#exact.clear();
  }
  drop(cells: 'all' | number[]) {
    if (cells === 'all') this.#exact.clear();
    else for (const cell of cells) this.#exact.delete(cell);
  }
  video({ timestamp }: VideoFrame): Draw | Promise<Draw> {
    const draw: Draw = (part) => {
      const inside = (at: number) => {
        if (!part) return true;
        const both = around([part, grid.box(at)]);
        return both.width === part.width && both.height === part.height;
      };
      this.cells = this.cells.map((cell, at) => (this.#exact.has(at) || !inside(at) ? cell : `v${timestamp / 1_000}`));
    };
    if (this.broken) return Promise.reject(new Error('no memory'));
    return this.slow ? Promise.resolve(draw) : draw;
  }
  place({ cells, sheet }: Placed) {
    for (const cell of cells) {
      const { x, y } = sheet.grid.box(cell);
      this.cells[cell] = `t${(sheet.pixels[y * sheet.grid.width + x] ?? 0) & 0xff}`;
      this.#exact.add(cell);
    }
  }
  room() {
    // No canvas.
  }
  present() {
    this.presented += 1;
    return 'sharp' as const;
  }
  settle() {
    // Always sharp.
  }
  clear() {
    this.cells = [];
    this.wiped += 1;
  }
  read() {
    return this.cells.length > 0 ? Uint8ClampedArray.of(this.presented, 0, 0, 255) : null;
  }
}

const grid = new Grid(256, 128);
const told: Told[] = [];
const kinds = () => told.map(({ kind }) => kind);

function projection(slow = false) {
  const paper = new Paper(slow);
  let now = 0;
  const shown = new Projection(
    paper,
    (message) => told.push(message),
    'page',
    () => (now += 1),
  );
  const take = (bytes: Uint8Array) => shown.take({ kind: 'message', bytes, at: now });
  return {
    paper,
    tell: (message: Tell) => shown.take(message),
    tick: () => shown.tick(),
    frame: (seq: number, cells: number[] = [], key = false) =>
      take(tagged('F', frameMessage({ key, monitor: 0, seq, grid, stamp: seq * 10, moved: runs(cells) }))),
    cell: (stamp: number, cell: number) =>
      take(tagged('T', tileMessage(0, stamp, grid, [{ cell, rgb: [stamp, 0, 0] }]))),
  };
}

const settle = () => new Promise((done) => setTimeout(done));
/** Long enough for a picture to be taken, not for all that wait. */
const soon = () => Promise.resolve().then(() => undefined);

beforeEach(() => {
  vi.stubGlobal('VideoDecoder', InstantDecoder);
  vi.stubGlobal('EncodedVideoChunk', function (this: Chunk, chunk: Chunk) {
    Object.assign(this, chunk);
  });
  told.length = 0;
});
afterEach(() => vi.unstubAllGlobals());

test('video lies under the exact cells until it moves there', () => {
  const { paper, frame, cell } = projection();
  frame(1, [], true);
  cell(11, 2);
  frame(2, [5]);
  expect(paper.cells).toEqual(['v2', 'v2', 't11', 'v2', 'v2', 'v2', 'v2', 'v2']);
  frame(3, [2]);
  expect(paper.cells[2]).toBe('v3');
  expect(kinds().filter((kind) => kind === 'done')).toHaveLength(3);
});

test('every order of pictures and cells makes the same picture, whether taking a picture needs time or not', async () => {
  for (let seed = 0; seed < 40; seed += 1) {
    const next = random(seed);
    const frames = Array.from({ length: 12 }, (_, at) => ({
      seq: at + 1,
      key: at === 0 || next(6) === 0,
      cells: Array.from({ length: next(3) }, () => next(8)),
    })).map((one) => ({ ...one, cells: one.key ? [] : [...new Set(one.cells)] }));
    const cells = Array.from({ length: 14 }, (_, at) => ({ stamp: 12 + at * 8, cell: next(8) }));
    const ends = [];
    for (let order = 0; order < 6; order += 1) {
      const { paper, frame, cell } = projection(order % 2 === 1);
      const [pictures, exact] = [[...frames], [...cells]];
      const pick = random(seed * 7 + order);
      while (pictures.length + exact.length > 0) {
        // The first order is that of capture.
        const capture = (pictures[0]?.seq ?? Infinity) * 10 <= (exact[0]?.stamp ?? Infinity);
        const picture = (order === 0 ? capture : pick(2) === 0) ? pictures.shift() : undefined;
        if (picture) frame(picture.seq, picture.cells, picture.key);
        else {
          const one = exact.shift();
          if (one) cell(one.stamp, one.cell);
        }
        if (pick(3) === 0) await soon();
      }
      await settle();
      ends.push(paper.cells.join(' '));
    }
    expect([seed, new Set(ends).size, ends[0]]).toEqual([seed, 1, ends[0]]);
  }
});

test('a picture that waits while another is taken is left out for a newer one', async () => {
  const { paper, frame, tick } = projection(true);
  for (const seq of [1, 2, 3, 4]) frame(seq, [], seq === 1);
  await settle();
  expect(paper.cells[0]).toBe('v4');
  expect(paper.presented).toBe(2);
  tick();
  expect(told.at(-1)).toMatchObject({ kind: 'figures', figures: { place: 'page', cells: 8, exact: 0 } });
});

test('a picture that cannot be drawn does not stop those after it', async () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined);
  const { paper, frame } = projection(true);
  frame(1, [], true);
  await settle();
  paper.broken = true;
  frame(2);
  await settle();
  paper.broken = false;
  frame(3);
  await settle();
  expect([paper.cells[0], warn.mock.calls.length]).toEqual(['v3', 1]);
  warn.mockRestore();
});

test('a graphics card that was lost begins with a key frame when it is back', async () => {
  const { paper, frame, cell } = projection();
  frame(1, [], true);
  cell(20, 1);
  paper.renewed?.();
  expect(kinds().at(-1)).toBe('need_key');
  frame(3);
  frame(4, [], true);
  expect(paper.cells[1]).toBe('v4');
  await settle();
});

test('covered, nothing is left of the picture and nothing is drawn; uncovered, a key frame is asked for', async () => {
  const { paper, frame, cell, tell } = projection(true);
  frame(1, [], true);
  await settle();
  // One is on its way to the screen when the customer pauses.
  frame(2);
  tell({ kind: 'cover', on: true });
  await settle();
  frame(3, [], true);
  cell(40, 1);
  expect([paper.cells, paper.wiped]).toEqual([[], 1]);
  expect(told.filter((one) => one.kind === 'done').map(({ seq }) => seq)).toEqual([1, 2, 3]);
  tell({ kind: 'cover', on: false });
  expect(kinds().at(-1)).toBe('need_key');
  frame(4, [], true);
  await settle();
  expect(paper.cells[1]).toBe('v4');
});

test('on another connection the last picture stays until its first one', async () => {
  const { paper, frame, cell, tell } = projection();
  frame(7, [], true);
  cell(120, 3);
  tell({ kind: 'restart' });
  cell(9, 0);
  expect(paper.cells.slice(0, 4)).toEqual(['v7', 'v7', 'v7', 't120']);
  frame(0, [], true);
  expect(paper.cells.slice(0, 4)).toEqual(['t9', 'v0', 'v0', 'v0']);
  await settle();
});

test('a watched pixel is told each time it has another colour, with the time of the drawing', () => {
  const { frame, tell, cell } = projection();
  tell({ kind: 'watch', watch: 5, x: 1, y: 1 });
  frame(1, [], true);
  cell(20, 0);
  const seen = told.filter((one) => one.kind === 'pixel');
  expect(seen.map(({ watch, colour }) => [watch, ...colour])).toEqual([
    [5, 1, 0, 0],
    [5, 2, 0, 0],
  ]);
  tell({ kind: 'unwatch', watch: 5 });
  frame(2);
  expect(told.filter((one) => one.kind === 'pixel')).toHaveLength(2);
  tell({ kind: 'picture', ask: 9, part: null });
  expect(told.at(-1)).toMatchObject({ kind: 'picture', ask: 9, width: 256, height: 128 });
});
