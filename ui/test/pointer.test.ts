import { expect, test } from 'vitest';
import { pageScale } from '../src/features/session/scale';
import { Wheel, buttonDown, placeAt } from '../src/state/pointer';

const shown = { monitor: 1, width: 1920, height: 1080, box: { left: 100, top: 50, width: 960, height: 540 } };

/** The pixel that the helper makes of a share. */
const pixel = (share: number, size: number) => Math.floor((share * size) / 65536);

test('a point on the page is the pixel under it', () => {
  const at = placeAt(shown, 100 + 480, 50 + 270);
  expect([at.monitor, pixel(at.x, 1920), pixel(at.y, 1080)]).toEqual([1, 960, 540]);
});

test('a point outside is the nearest pixel inside', () => {
  const above = placeAt(shown, 0, 0);
  expect([pixel(above.x, 1920), pixel(above.y, 1080)]).toEqual([0, 0]);
  const beyond = placeAt(shown, 9_999, 9_999);
  expect([pixel(beyond.x, 1920), pixel(beyond.y, 1080)]).toEqual([1919, 1079]);
});

test('a notch is 120 steps in every engine and unit', () => {
  const notch = (deltaY: number, deltaMode: number, wheelDeltaY?: number) =>
    new Wheel().turn({
      deltaX: 0,
      deltaY,
      deltaMode,
      ...(wheelDeltaY !== undefined && { wheelDeltaX: 0, wheelDeltaY }),
    });
  expect(notch(100, 0)).toEqual({ dx: 0, dy: 120 });
  expect(notch(3, 1)).toEqual({ dx: 0, dy: 120 });
  expect(notch(53, 0, -120)).toEqual({ dx: 0, dy: 120 });
  expect(notch(-1, 2)).toEqual({ dx: 0, dy: -120 });
});

test('turns below one step add up, and nothing is lost', () => {
  const wheel = new Wheel();
  const steps = Array.from({ length: 8 }, () => wheel.turn({ deltaX: 0.625, deltaY: 0, deltaMode: 0 })?.dx ?? 0);
  expect(steps.reduce((sum, step) => sum + step, 0)).toBe(6);
});

test('a button that the webview does not know is not taken for the left one', () => {
  expect(buttonDown({ button: 0, buttons: 1 })).toBe('left');
  expect(buttonDown({ button: 2, buttons: 3 })).toBe('right');
  expect(buttonDown({ button: 0, buttons: 0 })).toBeUndefined();
  expect(buttonDown({ button: 7, buttons: 128 })).toBeUndefined();
});

test('1:1 is one pixel of this screen for one of theirs, and fitting never enlarges to a blur', () => {
  const picture = { width: 1920, height: 1080 };
  expect(pageScale('actual', picture, { width: 800, height: 600 }, 1)).toBe(1);
  expect(pageScale('actual', picture, { width: 800, height: 600 }, 2)).toBe(0.5);
  expect(pageScale('fit', picture, { width: 960, height: 900 }, 1)).toBe(0.5);
  expect(pageScale('fit', picture, { width: 2_500, height: 2_000 }, 1)).toBe(1);
  expect(pageScale('fit', picture, { width: 4_000, height: 2_200 }, 1)).toBe(2);
  expect(pageScale('fit', { width: 800, height: 600 }, { width: 1_000, height: 1_000 }, 1.5)).toBeCloseTo(2 / 3);
});
