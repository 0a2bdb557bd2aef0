/** Pictures as a browser hands them over: put in order, taken apart by monitor, held back from a slow decoder. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Pace } from '../src/backend/web/call/pace';
import { takeInfo, type Picture } from '../src/backend/web/call/picture';
import { Order, PATIENCE, Streams, WISH_INTERVAL } from '../src/backend/web/call/streams';
import { decodeFrame, encodeFrame, type EncodedFrame } from '../src/protocol/frame';

interface Vector {
  name: string;
  codec: 'av1' | 'h264';
  inside: string;
  plain: string;
  number: number;
  info: { monitor: number; width: number; height: number; moved: [number, number][] };
}

const VECTORS = JSON.parse(
  readFileSync(new URL('../../server-lite/link/vectors/pictures.json', import.meta.url), 'utf8'),
) as Vector[];
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

test.each(VECTORS)('$name', ({ codec, inside, plain, number, info }) => {
  const taken = takeInfo(codec, bytes(inside));
  const moved = info.moved.map(([start, len]) => ({ start, len }));
  expect(taken && { ...taken, data: Buffer.from(taken.data).toString('hex') }).toEqual({
    number,
    info: { ...info, moved },
    data: plain,
  });
});

test('libwebrtc leaves out the delimiter; a decoder gets one all the same', () => {
  const av1 = VECTORS.find(({ codec }) => codec === 'av1');
  const taken = takeInfo('av1', bytes(av1?.inside ?? '').subarray(2));
  expect(Buffer.from(taken?.data ?? []).toString('hex')).toBe(av1?.plain);
});

test('what is cut short or is no picture says nothing', () => {
  for (const { codec, inside, plain } of VECTORS) {
    expect(takeInfo(codec, bytes(plain))).toBeNull();
    const whole = bytes(inside);
    for (let length = 0; length < whole.length; length += 1) takeInfo(codec, whole.subarray(0, length));
  }
  expect(takeInfo('vp8', bytes('00'))).toBeNull();
});

const picture = (number: number, key = false): Picture => ({
  codec: 'av1',
  key,
  number,
  stamp: number,
  info: null,
  data: new Uint8Array(),
});
const numbers = (flow: ReturnType<Order['take']>) =>
  flow.map(({ picture, lost }) => `${picture.number}${lost ? '!' : ''}`);

test('pictures that overtook others wait for them', () => {
  const order = new Order();
  expect(numbers(order.take(picture(65_534, true), 0))).toEqual(['65534']);
  expect(numbers(order.take(picture(0), 1))).toEqual([]);
  expect(numbers(order.take(picture(1), 2))).toEqual([]);
  expect(numbers(order.take(picture(65_535), 3))).toEqual(['65535', '0', '1']);
  expect(numbers(order.take(picture(0), 4))).toEqual([]);
});

test('what does not come is lost after a while, and at once where a key frame lies behind it', () => {
  const order = new Order();
  order.take(picture(5, true), 0);
  expect(numbers(order.take(picture(7), 10))).toEqual([]);
  expect(numbers(order.tick(10 + PATIENCE - 1))).toEqual([]);
  expect(numbers(order.tick(10 + PATIENCE))).toEqual(['7!']);
  expect(numbers(order.take(picture(9), 300))).toEqual([]);
  expect(numbers(order.take(picture(11, true), 301))).toEqual(['11!']);
  expect(numbers(order.take(picture(12), 302))).toEqual(['12']);
});

test('a flood of what cannot go on does not grow', () => {
  const order = new Order();
  order.take(picture(0, true), 0);
  let flow = 0;
  for (let number = 2; number < 400; number += 2) flow += order.take(picture(number), 0).length;
  expect(flow).toBeGreaterThan(100);
});

test('after a loss each monitor waits for a key frame of its own, which is asked for now and then', () => {
  const streams = new Streams();
  streams.show([0, 1]);
  expect(streams.judge(0, false, false, 0)?.verdict).toBe('ask');
  expect(streams.judge(0, false, false, 1)?.verdict).toBe('drop');
  expect(streams.judge(0, true, false, 2)).toEqual({ verdict: 'pass', seq: 3 });
  expect(streams.judge(1, true, false, 2)).toEqual({ verdict: 'pass', seq: 1 });
  expect(streams.judge(0, false, false, 3)?.verdict).toBe('pass');
  expect(streams.judge(0, true, true, 4)?.verdict).toBe('pass');
  expect(streams.judge(1, false, false, 5)?.verdict).toBe('ask');
  expect(streams.judge(7, true, false, 5)).toBeNull();
  expect(streams.wishes(6)).toEqual([]);
  expect(streams.wishes(5 + WISH_INTERVAL)).toEqual([1]);
});

test('a slow decoder loses everything up to a key frame and never a delta alone', () => {
  const pace = new Pace();
  const passed = Array.from({ length: 100 }, (_, seq) => pace.passes(seq, seq === 0, 1_000)).filter(Boolean).length;
  expect(passed).toBe(12);
  expect(pace.drawn(5)).toBe(false);
  expect(pace.passes(100, false, 1_000)).toBe(false);
  expect(pace.drawn(11)).toBe(true);
  expect(pace.passes(101, false, 1_000)).toBe(false);
  expect(pace.passes(102, true, 1_000)).toBe(true);
});

test('a frame is read as it was written', () => {
  const frame: EncodedFrame = {
    codec: 'h264',
    key: false,
    monitor: 3,
    seq: 4_000_000_000,
    width: 1_920,
    height: 1_080,
    captured_us: 2 ** 40 + 5,
    stamp: 4_294_967_295,
    moved: [
      { start: 0, len: 2 },
      { start: 9, len: 1 },
    ],
    data: Uint8Array.of(1, 2, 3),
  };
  expect(decodeFrame(encodeFrame(frame, 70).subarray(1))).toEqual(frame);
});
