// @vitest-environment happy-dom
/** Which call floats above another screen, and where. */

import { beforeEach, expect, test, vi } from 'vitest';
import { FakeBackend, id } from '../dev/fake';
import { Floating, SIZE, within } from '../src/state/floating.svelte';
import { Viewer } from '../src/state/viewer.svelte';

const ROOM = { width: 1280, height: 820 };
const settle = () => new Promise((done) => setTimeout(done));

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});

test('the call that was looked at last floats, until it is put away', () => {
  const floating = new Floating();
  expect(floating.chosen([])).toBeNull();
  expect(floating.chosen([id(1), id(2)])).toBe(id(1));
  floating.visited(id(2));
  expect(floating.chosen([id(1), id(2)])).toBe(id(2));
  floating.putAway(id(2));
  expect(floating.chosen([id(1), id(2)])).toBe(id(1));
  floating.putAway(id(1));
  expect([floating.chosen([id(1), id(2)]), floating.someAway]).toEqual([null, true]);
  floating.visited(id(2));
  expect(floating.chosen([id(1), id(2)]), 'it was on the screen again').toBe(id(2));
  floating.bringBack();
  expect(floating.someAway).toBe(false);
});

test('it stays in sight wherever it is moved and however small the window gets', () => {
  for (const [right, bottom] of [
    [-500, -500],
    [5000, 5000],
    [0, 300],
  ] as const) {
    const at = within({ right, bottom }, ROOM);
    expect(at.right).toBeGreaterThanOrEqual(0);
    expect(at.right + SIZE.width).toBeLessThanOrEqual(ROOM.width);
    expect(at.bottom + SIZE.height).toBeLessThanOrEqual(ROOM.height);
  }
  expect(within({ right: 900, bottom: 400 }, { width: 100, height: 100 })).toEqual({ right: 8, bottom: 8 });
  const floating = new Floating();
  floating.move(400, 120, ROOM);
  expect(new Floating().at).toEqual({ right: 400, bottom: 120 });
});

test('the small picture and the large one take turns at one stream: the second watch ends the first, nothing else', async () => {
  const backend = new FakeBackend();
  const small = new Viewer(backend, id(1), () => undefined);
  const large = new Viewer(backend, id(1), () => undefined);
  small.close();
  await settle();
  const asked = () => backend.asked.filter((what) => /^(un)?watch/.test(what)).map((what) => what.split(' ')[0]);
  expect(asked()).toEqual(['watch', 'watch']);
  large.close();
  await settle();
  expect(asked()).toEqual(['watch', 'watch', 'unwatch']);
});
