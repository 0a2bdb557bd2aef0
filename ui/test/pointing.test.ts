import { expect, test } from 'vitest';
import { monitorFacts, monitorName, sideBySide, single } from '../src/features/session/monitors';
import type { InputEvent } from '../src/protocol/input';
import { Pointing, usable } from '../src/state/pointing';
import { placeAt } from '../src/state/pointer';
import type { Monitor } from '../src/state/types';

const AT = { monitor: 1, x: 3, y: 4 };
const THERE = { monitor: 1, x: 30, y: 40 };

test('a tool is in hand only as far as it is granted', () => {
  expect(usable('use', ['view', 'control', 'point'])).toBe('use');
  expect(usable('pen', ['view', 'control', 'point'])).toBe('pen');
  expect(usable('pen', ['view', 'control'])).toBe('use');
  expect(usable('use', ['view', 'point'])).toBe('point');
  expect(usable('use', ['view'])).toBeNull();
});

test('pointing draws nothing, drawing does from press to release, and going away takes the pointer along', () => {
  const sent: InputEvent[] = [];
  const pointing = new Pointing((event) => sent.push(event));
  pointing.gone();
  pointing.pressed('point', AT);
  pointing.moved('point', AT);
  pointing.released(AT);
  pointing.gone();
  pointing.gone();
  expect(sent.splice(0)).toEqual([{ kind: 'point_at', ...AT }, { kind: 'point_gone' }]);
  pointing.pressed('arrow', AT);
  pointing.moved('arrow', THERE);
  pointing.released(THERE);
  pointing.moved('arrow', AT);
  expect(sent).toEqual([
    { kind: 'draw_begin', tool: 'arrow', ...AT },
    { kind: 'draw_to', ...THERE },
    { kind: 'point_at', ...THERE },
    { kind: 'draw_to', ...THERE },
    { kind: 'point_at', ...AT },
  ]);
});

const monitor = (index: number, x: number, y: number, more: Partial<Monitor> = {}): Monitor => ({
  index,
  name: `DP-${index}`,
  x,
  y,
  width: 1920,
  height: 1080,
  primary: false,
  scale_percent: 100,
  rotation: 'upright',
  ...more,
});
const MONITORS = [
  monitor(4, 0, 0, { primary: true }),
  monitor(0, -1920, 300, { scale_percent: 150, rotation: 'left' }),
  monitor(7, 0, -1080),
  monitor(255, -1920, -1080, { width: 3840, height: 2460, name: '' }),
];

test('monitors stand and are numbered as on the customer’s desk', () => {
  expect(sideBySide([4, 7, 0], MONITORS)).toEqual([0, 7, 4]);
  expect(single(MONITORS)).toHaveLength(3);
  expect([0, 7, 4, 255].map((index) => monitorName(index, MONITORS))).toEqual([
    '1: DP-0',
    '2: DP-7',
    '3: DP-4',
    'All in one picture',
  ]);
  expect(MONITORS.slice(0, 2).map(monitorFacts)).toEqual([
    '1920 × 1080 · primary',
    '1920 × 1080 · 150 % · turned left',
  ]);
});

test('on random monitors at random scales, a point on the page is the pixel under it and on that monitor', () => {
  let state = 7;
  const random = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let turn = 0; turn < 2_000; turn += 1) {
    const [width, height] = [1 + random(7_680), 1 + random(4_320)];
    const scale = (1 + random(300)) / 100;
    const box = { left: random(500) - 250, top: random(90), width: width * scale, height: height * scale };
    const [x, y] = [random(width), random(height)];
    const shown = { monitor: random(256), width, height, box };
    const at = placeAt(shown, box.left + (x + 0.5) * scale, box.top + (y + 0.5) * scale);
    // What the helper makes of it.
    const pixel = [Math.floor((at.x * width) / 65_536), Math.floor((at.y * height) / 65_536)];
    expect([at.monitor, ...pixel]).toEqual([shown.monitor, x, y]);
  }
});
