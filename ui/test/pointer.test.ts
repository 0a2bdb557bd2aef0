import { expect, test, vi } from 'vitest';
import { layout, pageScale, zoomed, ZOOMS } from '../src/features/session/scale';
import { Wheel, buttonDown, placeAt } from '../src/state/pointer';
import { RemotePointer } from '../src/transport/pointer';

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
  expect(pageScale(100, picture, { width: 800, height: 600 }, 1)).toBe(1);
  expect(pageScale(100, picture, { width: 800, height: 600 }, 2)).toBe(0.5);
  expect(pageScale('fit', picture, { width: 960, height: 900 }, 1)).toBe(0.5);
  expect(pageScale('fit', picture, { width: 2_500, height: 2_000 }, 1)).toBe(1);
  expect(pageScale('fit', picture, { width: 4_000, height: 2_200 }, 1)).toBe(2);
  expect(pageScale('fit', { width: 800, height: 600 }, { width: 1_000, height: 1_000 }, 1.5)).toBeCloseTo(2 / 3);
});

test('zooming goes from step to step and ends at the last', () => {
  expect([zoomed('fit', 1), zoomed('fit', -1), zoomed(110, 1), zoomed(110, -1)]).toEqual([125, 75, 125, 100]);
  expect([zoomed(400, 1), zoomed(25, -1)]).toEqual([400, 25]);
  expect([ZOOMS[0], ZOOMS.at(-1)]).toEqual([25, 400]);
});

test('the picture lies on whole pixels of this screen, in the middle or from the corner', () => {
  const picture = { width: 1281, height: 801 };
  for (const pixelRatio of [1, 1.25, 1.5, 2]) {
    for (const room of [
      { left: 0, top: 44.5, width: 1440.5, height: 867 },
      { left: 3.3, top: 44, width: 700, height: 501 },
    ]) {
      for (const scale of ['fit', ...ZOOMS] as const) {
        const { box, canvas, factor } = layout(scale, picture, room, pixelRatio);
        for (const edge of [room.left + box.left, room.top + box.top, box.width, box.height]) {
          expect(Math.abs(edge * pixelRatio - Math.round(edge * pixelRatio))).toBeLessThan(1e-6);
        }
        const shown = box.width * pixelRatio;
        expect(canvas.width).toBeCloseTo(Math.min(shown, picture.width));
        if (scale === 'fit') expect(box.width).toBeLessThanOrEqual(room.width + 1);
        else expect(Math.abs(shown - (picture.width * scale) / 100)).toBeLessThan(1);
        if (scale === 100) expect(canvas).toEqual(picture);
        expect(factor * 1281).toBeCloseTo(box.width);
      }
    }
  }
});

/** A screen whose frames come when they are told to. */
class Frames {
  time = 0;
  #calls: (() => void)[] = [];
  now = () => this.time;
  frame = (call: () => void) => void this.#calls.push(call);
  next(): void {
    for (const call of this.#calls.splice(0)) call();
  }
}

function overlay() {
  const classes = new Set<string>();
  const canvas = {
    hidden: true,
    width: 0,
    height: 0,
    style: { width: '', height: '', transform: '' },
    classList: { toggle: (name: string, on: boolean) => void (on ? classes.add(name) : classes.delete(name)) },
    getContext: () => null,
  };
  const frames = new Frames();
  vi.stubGlobal('ImageData', function () {
    return {};
  });
  const pointer = new RemotePointer(canvas as unknown as HTMLCanvasElement, frames);
  const rgba = new Uint8Array(4 * 12);
  pointer.take({ kind: 'shape', id: 1, hot_x: 1, hot_y: 2, width: 3, height: 4, rgba });
  const told = (x: number, y: number) => {
    pointer.take({ kind: 'place', shape: 1, monitor: 0, x, y });
    frames.next();
  };
  return { canvas, classes, frames, pointer, told, at: () => canvas.style.transform };
}

test('the pointer is where the helper says, with its hot spot, on whole pixels at every scale', () => {
  const { pointer, told, at, canvas } = overlay();
  told(101, 52);
  expect([at(), canvas.hidden]).toEqual(['translate(100px, 50px)', false]);
  pointer.scale(0.5, 2);
  expect([at(), canvas.style.width]).toEqual(['translate(50px, 25px)', '1.5px']);
  pointer.scale(0.333, 1);
  expect(at()).toBe('translate(33px, 17px)');
});

test('the echo of the own motion does not pull the pointer back, but the customer moves it at once', () => {
  const { pointer, told, at, classes, frames } = overlay();
  told(10, 10);
  for (let step = 1; step <= 5; step += 1) {
    frames.time += 16;
    pointer.moved(10 + step * 20, 10);
  }
  // Two steps behind, as over a slow line.
  told(51, 10);
  told(70, 11);
  expect(at()).toBe('translate(109px, 8px)');
  told(400, 300);
  expect([at(), classes.has('theirs')]).toEqual(['translate(399px, 298px)', true]);
  frames.time += 2_000;
  frames.next();
  expect(classes.has('theirs')).toBe(false);
  pointer.moved(30, 30);
  expect(at()).toBe('translate(29px, 28px)');
});

test('places come together in one frame of this screen, and the newest counts', () => {
  const { pointer, at, frames } = overlay();
  for (const x of [11, 12, 13]) pointer.take({ kind: 'place', shape: 1, monitor: 0, x, y: 2 });
  expect(at()).toBe('');
  frames.next();
  expect(at()).toBe('translate(12px, 0px)');
});

test('a pointer that is hidden, on another monitor or of an ended call is not shown', () => {
  const { pointer, canvas, told, frames } = overlay();
  told(5, 5);
  pointer.onMonitor(1);
  expect(canvas.hidden).toBe(true);
  pointer.onMonitor(0);
  pointer.take({ kind: 'hidden' });
  frames.next();
  expect(canvas.hidden).toBe(true);
  told(6, 6);
  pointer.close();
  told(7, 7);
  expect(canvas.hidden).toBe(true);
});
