/** What the painters compute before they draw. */

import { expect, test } from 'vitest';
import { around } from '../src/protocol/grid';
import { conversion } from '../src/transport/painter/colour';
import { shrinking } from '../src/transport/painter/kernel';
import { shown } from '../src/transport/painter/painter';

const clamp = (value: number) => Math.min(Math.max(value, 0), 1);

/** Red, green, blue of coded values from 0 to 255. */
function colour(coded: [number, number, number], space: Parameters<typeof conversion>[0]): number[] {
  const { matrix, zero } = conversion(space);
  const from = coded.map((value, at) => value / 255 - (zero[at] ?? 0));
  return [0, 1, 2].map((row) =>
    Math.round(255 * clamp(from.reduce((sum, value, column) => sum + value * (matrix[column * 3 + row] ?? 0), 0))),
  );
}

test('colours are read as they are signalled, and what is not signalled is BT.709 in limited range', () => {
  const unsaid = { matrix: null, fullRange: null };
  expect(colour([16, 128, 128], unsaid)).toEqual([0, 0, 0]);
  expect(colour([235, 128, 128], unsaid)).toEqual([255, 255, 255]);
  // Red in BT.709 and in BT.601: taken for the other it would be off by more than anyone overlooks.
  expect(colour([63, 102, 240], unsaid)).toEqual([255, 1, 0]);
  expect(colour([81, 90, 240], { matrix: 'smpte170m', fullRange: false })).toEqual([254, 0, 0]);
  expect(colour([255, 128, 128], { matrix: 'bt709', fullRange: true })).toEqual([255, 255, 255]);
});

test('made smaller, every pixel counts and an even area stays as it is', () => {
  for (const [source, target] of [
    [1920, 1440],
    [1281, 640],
    [100, 99],
    [64, 64],
  ] as const) {
    const { taps, table } = shrinking(source, target);
    const used = new Float64Array(source);
    for (let column = 0; column < target; column += 1) {
      let sum = 0;
      for (let tap = 0; tap < taps; tap += 1) {
        const weight = table[(tap + 1) * target + column] ?? 0;
        const from = (table[column] ?? 0) + tap;
        sum += weight;
        if (weight !== 0) used[from] = (used[from] ?? 0) + weight;
        if (weight !== 0) expect(from >= 0 && from < source).toBe(true);
      }
      expect(sum).toBeCloseTo(1, 5);
    }
    const share = target / source;
    for (const weight of used) expect(Math.abs(weight - share)).toBeLessThan(share * 0.25);
  }
});

test('at the same size a line is the same line', () => {
  const { taps, table } = shrinking(5, 5);
  for (let column = 0; column < 5; column += 1) {
    for (let tap = 0; tap < taps; tap += 1) {
      const from = (table[column] ?? 0) + tap;
      expect(table[(tap + 1) * 5 + column]).toBeCloseTo(from === column ? 1 : 0, 6);
    }
  }
});

test('padding is cut off, and what was made smaller for the way is stretched', () => {
  expect(shown({ displayWidth: 1368, displayHeight: 768 }, 1367, 767)).toEqual({
    width: 1367,
    height: 767,
    stretched: false,
  });
  expect(shown({ displayWidth: 684, displayHeight: 384 }, 1367, 767)).toMatchObject({ stretched: true, width: 684 });
});

test('a change is as large as what it reaches around', () => {
  const boxes = [
    { x: 64, y: 0, width: 64, height: 64 },
    { x: 128, y: 192, width: 10, height: 20 },
  ];
  expect(around(boxes)).toEqual({ x: 64, y: 0, width: 74, height: 212 });
});
