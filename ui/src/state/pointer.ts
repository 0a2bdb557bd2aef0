/** From the browser's mouse and wheel events to what the helper is told. */

import { BUTTONS, share, type Button, type Place } from '../protocol/input';

/** A rectangle on the page that shows a monitor. */
export interface Shown {
  monitor: number;
  /** The monitor's size in pixels. */
  width: number;
  height: number;
  /** Where on the page. */
  box: Pick<DOMRect, 'left' | 'top' | 'width' | 'height'>;
}

/** The place on the monitor under a point of the page; points outside count as the nearest edge. */
export function placeAt(shown: Shown, clientX: number, clientY: number): Place {
  const { box, width, height, monitor } = shown;
  const x = ((clientX - box.left) / box.width) * width;
  const y = ((clientY - box.top) / box.height) * height;
  return { monitor, x: share(x, width), y: share(y, height) };
}

/** `MouseEvent.buttons` for each button, which numbers them differently from `MouseEvent.button`. */
const PRESSED: Record<Button, number> = { left: 1, right: 2, middle: 4, back: 8, forward: 16 };

export function buttonOf(button: number): Button | undefined {
  return BUTTONS[button];
}

/**
 * The button that went down. WebKitGTK calls buttons that it does not know the left one, but does not count them as
 * pressed: those are not passed on.
 */
export function buttonDown(event: Pick<MouseEvent, 'button' | 'buttons'>): Button | undefined {
  const button = buttonOf(event.button);
  return button && event.buttons & PRESSED[button] ? button : undefined;
}

/** What is read of a `WheelEvent`. Engines that have `wheelDelta` count 120 to the notch, upwards. */
export type Turn = Pick<WheelEvent, 'deltaX' | 'deltaY' | 'deltaMode'> & { wheelDeltaX?: number; wheelDeltaY?: number };

const NOTCH = 120;
/** 1/120 notches per unit of `deltaMode`: 100 pixels, 3 lines and 1 page are a notch. */
const PER_UNIT = [NOTCH / 100, NOTCH / 3, NOTCH];

/** Adds up turns, because one may be less than the smallest step that can be sent. */
export class Wheel {
  #x = 0;
  #y = 0;

  /** Whole steps to send, to the right and down; `undefined` if there is none yet. */
  turn(event: Turn): { dx: number; dy: number } | undefined {
    const unit = PER_UNIT[event.deltaMode] ?? 1;
    this.#x += event.wheelDeltaX === undefined ? event.deltaX * unit : -event.wheelDeltaX;
    this.#y += event.wheelDeltaY === undefined ? event.deltaY * unit : -event.wheelDeltaY;
    const [dx, dy] = [Math.trunc(this.#x), Math.trunc(this.#y)];
    if (dx === 0 && dy === 0) return undefined;
    this.#x -= dx;
    this.#y -= dy;
    return { dx: clamp(dx), dy: clamp(dy) };
  }
}

function clamp(value: number): number {
  return Math.min(Math.max(value, -32768), 32767);
}
