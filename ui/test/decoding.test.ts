import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EncodedFrame } from '../src/protocol/frame';
import { Decoding } from '../src/transport/decoding';

interface Chunk {
  type: 'key' | 'delta';
  timestamp: number;
}

/** A decoder that hands out what it was given when it is told to. */
class ScriptedDecoder {
  static all: ScriptedDecoder[] = [];
  static get last(): ScriptedDecoder {
    const last = ScriptedDecoder.all.at(-1);
    if (!last) throw new Error('no decoder was made');
    return last;
  }

  state = 'unconfigured';
  decodeQueueSize = 0;
  config: VideoDecoderConfig | undefined;
  readonly chunks: Chunk[] = [];
  readonly closed: number[] = [];

  constructor(private readonly init: { output: (frame: unknown) => void; error: () => void }) {
    ScriptedDecoder.all.push(this);
  }
  configure(config: VideoDecoderConfig) {
    this.config = config;
    this.state = 'configured';
  }
  decode(chunk: Chunk) {
    this.chunks.push(chunk);
  }
  close() {
    this.state = 'closed';
  }
  /** Hands out the picture of a chunk. */
  give(timestamp: number) {
    this.init.output({ timestamp, close: () => this.closed.push(timestamp) });
  }
  fail() {
    this.state = 'closed';
    this.init.error();
  }
}

let now = 0;
const told = { keys: 0, drawn: [] as number[], leftOut: [] as number[], done: [] as number[], broken: [] as string[] };

function decoding(): Decoding {
  return new Decoding(
    {
      needKeyFrame: () => (told.keys += 1),
      picture: ({ seq }, picture) => {
        (picture ? told.drawn : told.leftOut).push(seq);
        picture?.close();
      },
      done: (seq) => told.done.push(seq),
      broken: (codec) => told.broken.push(codec),
    },
    () => now,
  );
}

function frame(seq: number, change: Partial<EncodedFrame> = {}): EncodedFrame {
  const captured_us = seq * 1_000;
  return {
    codec: 'av1',
    key: false,
    monitor: 0,
    seq,
    width: 640,
    height: 480,
    captured_us,
    stamp: seq * 90,
    moved: [],
    data: new Uint8Array(),
    ...change,
  };
}

beforeEach(() => {
  vi.stubGlobal('VideoDecoder', ScriptedDecoder);
  vi.stubGlobal('EncodedVideoChunk', function (this: Chunk, chunk: Chunk) {
    Object.assign(this, chunk);
  });
  ScriptedDecoder.all = [];
  now = 0;
  Object.assign(told, { keys: 0, drawn: [], leftOut: [], done: [], broken: [] });
});
afterEach(() => vi.unstubAllGlobals());

test('decoding begins with a key frame, which is asked for once in a while', () => {
  const shown = decoding();
  shown.push(frame(5));
  shown.push(frame(6));
  expect([ScriptedDecoder.all.length, told.keys]).toEqual([0, 1]);
  now = 1_500;
  shown.push(frame(7));
  expect(told.keys).toBe(2);
  shown.push(frame(8, { key: true }));
  shown.push(frame(9));
  expect(ScriptedDecoder.last.chunks.map(({ type }) => type)).toEqual(['key', 'delta']);
  expect(told.done).toEqual([5, 6, 7]);
});

test('a drawn picture is reported and closed', () => {
  const shown = decoding();
  shown.push(frame(1, { key: true }));
  ScriptedDecoder.last.give(1_000);
  expect([told.drawn, told.done, ScriptedDecoder.last.closed]).toEqual([[1], [1], [1_000]]);
});

test('a picture is left out when a newer one is already coming, but not for long', () => {
  const shown = decoding();
  now = 1_000;
  for (const seq of [1, 2, 3, 4]) shown.push(frame(seq, { key: seq === 1 }));
  const decoder = ScriptedDecoder.last;
  decoder.decodeQueueSize = 1;
  decoder.give(1_000);
  now += 10;
  decoder.give(2_000);
  expect(told.drawn).toEqual([1]);
  now += 60;
  decoder.give(3_000);
  decoder.decodeQueueSize = 0;
  decoder.give(4_000);
  expect(told.drawn).toEqual([1, 3, 4]);
  expect(told.leftOut).toEqual([2]);
  expect(told.done).toEqual([1, 2, 3, 4]);
  expect(decoder.closed).toEqual([1_000, 2_000, 3_000, 4_000]);
});

test('after a gap nothing is decoded until the next key frame', () => {
  const shown = decoding();
  shown.push(frame(1, { key: true }));
  shown.push(frame(3));
  shown.push(frame(4));
  shown.push(frame(5, { key: true }));
  expect(ScriptedDecoder.last.chunks.map(({ timestamp }) => timestamp)).toEqual([1_000, 5_000]);
  expect(told.keys).toBe(1);
});

test('numbers wrap without a gap', () => {
  const shown = decoding();
  shown.push(frame(0xffffffff, { key: true }));
  shown.push(frame(0));
  expect(ScriptedDecoder.last.chunks).toHaveLength(2);
});

test('another size or codec gets another decoder', () => {
  const shown = decoding();
  shown.push(frame(1, { key: true }));
  shown.push(frame(2, { key: true, width: 800 }));
  shown.push(frame(3, { key: true, width: 800, codec: 'h264' }));
  expect(ScriptedDecoder.all.map(({ config, state }) => [config?.codec.slice(0, 4), state])).toEqual([
    ['av01', 'closed'],
    ['av01', 'closed'],
    ['avc1', 'configured'],
  ]);
});

test('a picture of a decoder that was replaced is closed and not drawn', () => {
  const shown = decoding();
  shown.push(frame(1, { key: true }));
  const old = ScriptedDecoder.last;
  shown.push(frame(2, { key: true, width: 800 }));
  old.give(1_000);
  expect([told.drawn, old.closed]).toEqual([[], [1_000]]);
});

test('a decoder that breaks is made anew with the next key frame; one that always breaks is given up', () => {
  const shown = decoding();
  for (const seq of [1, 2, 3]) {
    now += 2_000;
    shown.push(frame(seq, { key: true }));
    ScriptedDecoder.last.fail();
  }
  expect(told.broken).toEqual(['av1']);
  expect(told.keys).toBe(2);
  expect(told.done).toEqual([1, 2, 3]);
});

test('a new connection begins with its own key frame and numbers', () => {
  const shown = decoding();
  shown.push(frame(70, { key: true }));
  shown.restart();
  shown.push(frame(0));
  expect(told.keys).toBe(1);
  shown.push(frame(1, { key: true }));
  expect(ScriptedDecoder.all.map(({ chunks }) => chunks.length)).toEqual([1, 1]);
});

test('a key frame is never left out', () => {
  const shown = decoding();
  now = 1_000;
  for (const seq of [1, 2, 3]) shown.push(frame(seq, { key: seq < 3 }));
  const decoder = ScriptedDecoder.last;
  decoder.decodeQueueSize = 1;
  for (const timestamp of [1_000, 2_000, 3_000]) decoder.give(timestamp);
  expect([told.drawn, told.leftOut]).toEqual([[1, 2], [3]]);
});

test('what was in the decoder when the connection broke is not shown in the next', () => {
  const shown = decoding();
  shown.push(frame(1, { key: true }));
  const old = ScriptedDecoder.last;
  shown.restart();
  old.give(1_000);
  expect([told.drawn, told.done, old.closed]).toEqual([[], [1], [1_000]]);
});
