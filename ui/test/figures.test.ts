import { expect, test } from 'vitest';
import { exactPercent, stages } from '../src/features/session/delay';
import { ownKey } from '../src/features/session/shortcut';
import { Figures } from '../src/transport/figures';

const captured = (ms: number) => ({ captured_us: ms * 1_000 });

test('figures are rates and means of the time since the last, and begin anew', () => {
  const figures = new Figures('worker', 'webgl2');
  figures.take(1_000, 0, 0);
  for (let n = 0; n < 30; n += 1) {
    figures.decoded(4);
    figures.drawn(n < 20 ? 2 : 5, n < 20 ? 'picture' : 'tiles');
  }
  figures.leftOut();
  figures.tiles(12, 2_500);
  expect(figures.take(3_000, 8, 10)).toMatchObject({
    drawn: 10,
    changes: 15,
    left_out: 0.5,
    decode_ms: 4,
    draw_ms: 3,
    tiles: 6,
    tile_kbit_per_s: 10,
    exact: 8,
    cells: 10,
  });
  expect(figures.take(4_000, 8, 10)).toMatchObject({ drawn: 0, decode_ms: null, draw_ms: null, tiles: 0 });
});

test('what a picture waited on the way is what it took beyond the fastest, whatever the clocks say', () => {
  const figures = new Figures('worker', '2d');
  // The other clock is an hour off.
  figures.arrived(captured(3_600_000), 500);
  figures.arrived(captured(3_600_033), 573);
  expect(figures.take(1_000, 0, 0).queue_ms).toBe(20);
  figures.restart();
  figures.arrived(captured(5), 2_000);
  expect(figures.take(2_000, 0, 0).queue_ms).toBe(0);
});

test('the way is half the round trip and what waited on it', () => {
  const helper = { capture_ms: 2, encode_ms: 7, rtt_ms: 12 };
  const page = { queue_ms: 3, decode_ms: 4, draw_ms: 1 };
  const rest = { fps: 0, kbit_per_s: 0, tiles: 0, tile_kbit_per_s: 0, frame_rate: 60, scale_percent: 100 };
  const stats = { ...rest, ...helper, exact: false, limit: 'none' } as const;
  const drawing = { place: 'worker', painter: '2d', drawn: 0, left_out: 0, changes: 0 } as const;
  const figures = { ...drawing, ...page, tiles: 0, tile_kbit_per_s: 0, exact: 259, cells: 260 };
  expect(stages(stats, figures).map(([, ms]) => ms)).toEqual([2, 7, 9, 4, 1]);
  expect(stages(null, null).map(([, ms]) => ms)).toEqual([null, null, null, null, null]);
  expect([exactPercent(figures), exactPercent({ ...figures, exact: 260 }), exactPercent(null)]).toEqual([
    99,
    100,
    null,
  ]);
});

test('the product’s own keys have the same place on every keyboard, and Alt with Shift counts whatever it is called', () => {
  const held = { code: 'KeyS', ctrlKey: true, altKey: true, metaKey: false, shiftKey: true };
  expect(ownKey(held)).toBe('figures');
  expect(ownKey({ ...held, altKey: false, metaKey: true })).toBe('figures');
  expect(['PageUp', 'PageDown', 'Home'].map((code) => ownKey({ ...held, code }))).toEqual(['larger', 'smaller', 'fit']);
  expect(ownKey({ ...held, ctrlKey: false })).toBe(null);
  for (const code of ['KeyA', 'toString']) expect(ownKey({ ...held, code })).toBe(null);
});
