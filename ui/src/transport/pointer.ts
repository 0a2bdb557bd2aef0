/**
 * The remote pointer as an overlay, drawn apart from the picture: it moves as often as this screen does, however seldom
 * pictures come.
 *
 * The technician's own motion moves it at once. What the helper tells moves it too, unless it is the echo of that
 * motion: a place where the technician was a moment ago. So a customer who takes the mouse is seen at once.
 */

import type { CursorMessage, CursorPlace, CursorShape } from '../protocol/cursor';

/** How long the echo of a motion may take, in milliseconds. */
const ECHO = 2_000;
/** How far an echo may be off, in pixels: both ends round. */
const NEAR = 1;
/** Motions remembered; at 60 per second those of the longest echo. */
const MOTIONS = 128;
/** For this long after the customer's last motion the pointer is marked as his, in milliseconds. */
const THEIRS = 900;
/** Shapes kept; a desktop has a few dozen. */
const SHAPES = 256;

/** What this needs of the page. */
export interface PointerClock {
  now(): number;
  /** Calls before the next frame of the screen. */
  frame(call: () => void): void;
}

const PAGE: PointerClock = {
  now: () => performance.now(),
  frame: (call) => void requestAnimationFrame(call),
};

export class RemotePointer {
  readonly #shapes = new Map<number, CursorShape>();
  #drawn: number | undefined;
  #place: CursorPlace | undefined;
  #monitor = 0;
  #scale = 1;
  #pixelRatio = 1;
  #here = { x: 0, y: 0 };
  #motions: { x: number; y: number; at: number }[] = [];
  #theirsUntil = -Infinity;
  #due = false;
  #closed = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly clock: PointerClock = PAGE,
  ) {
    this.#hide();
  }

  /** Whether there is a shape to show; without one the technician needs his own pointer. */
  get visible(): boolean {
    return !this.canvas.hidden;
  }

  take(message: CursorMessage): void {
    switch (message.kind) {
      case 'shape':
        if (this.#shapes.size >= SHAPES) this.#shapes.clear();
        this.#shapes.set(message.id, message);
        // Another call may give the same id to another shape.
        if (this.#drawn === message.id) this.#drawn = undefined;
        break;
      case 'place':
        this.#placed(message);
        break;
      case 'hidden':
        this.#place = undefined;
        break;
    }
    this.#soon();
  }

  /** The technician's pointer is at this pixel of the picture. */
  moved(x: number, y: number): void {
    if (this.#motions.length >= MOTIONS) this.#motions.shift();
    this.#motions.push({ x, y, at: this.clock.now() });
    this.#here = { x, y };
    this.#theirsUntil = -Infinity;
    this.#draw();
  }

  /** The technician's pointer has left the picture: the helper's word counts again. */
  left(): void {
    this.#motions = [];
    if (this.#place) this.#here = { x: this.#place.x, y: this.#place.y };
    this.#draw();
  }

  /** Page pixels per picture pixel, and pixels of this screen per page pixel. */
  scale(scale: number, pixelRatio: number): void {
    this.#scale = scale;
    this.#pixelRatio = pixelRatio;
    this.#draw();
  }

  onMonitor(monitor: number): void {
    if (this.#monitor === monitor) return;
    this.#monitor = monitor;
    this.#draw();
  }

  close(): void {
    this.#closed = true;
    this.#hide();
  }

  #placed(place: CursorPlace): void {
    const before = this.#place;
    this.#place = place;
    if (before?.x === place.x && before.y === place.y) return;
    const now = this.clock.now();
    const echo = this.#motions.findLastIndex(
      ({ x, y, at }) => now - at < ECHO && Math.abs(x - place.x) <= NEAR && Math.abs(y - place.y) <= NEAR,
    );
    if (echo >= 0) {
      // What was sent before it can come back no more.
      this.#motions.splice(0, echo);
      return;
    }
    if (this.#motions.length > 0) this.#theirsUntil = now + THEIRS;
    this.#here = { x: place.x, y: place.y };
  }

  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    this.clock.frame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  #draw(): void {
    const place = this.#place;
    const shape = place && this.#shapes.get(place.shape);
    if (this.#closed || !place || !shape || place.monitor !== this.#monitor) {
      this.#hide();
      return;
    }
    if (this.#drawn !== shape.id) this.#paint(shape);
    const { style, classList } = this.canvas;
    style.width = `${shape.width * this.#scale}px`;
    style.height = `${shape.height * this.#scale}px`;
    const [x, y] = [this.#here.x - shape.hot_x, this.#here.y - shape.hot_y].map((at) => this.#snap(at * this.#scale));
    style.transform = `translate(${x}px, ${y}px)`;
    const theirs = this.clock.now() < this.#theirsUntil;
    classList.toggle('theirs', theirs);
    this.canvas.hidden = false;
    if (theirs) this.#soon();
  }

  /** On a whole pixel of this screen, or the shape is blurred. */
  #snap(at: number): number {
    return Math.round(at * this.#pixelRatio) / this.#pixelRatio;
  }

  #paint(shape: CursorShape): void {
    this.canvas.width = shape.width;
    this.canvas.height = shape.height;
    const pixels = new ImageData(new Uint8ClampedArray(shape.rgba), shape.width, shape.height);
    this.canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    this.#drawn = shape.id;
  }

  #hide(): void {
    this.canvas.hidden = true;
  }
}
