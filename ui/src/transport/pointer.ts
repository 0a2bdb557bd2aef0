/**
 * The remote pointer as an overlay. The technician's own motion moves it at once; what the helper tells moves it when
 * he is still, so that it shows where the customer points.
 */

import type { CursorMessage, CursorPlace, CursorShape } from '../protocol/cursor';

/** After the technician's last motion, the helper's echo of it is not news for this long, in milliseconds. */
const ECHO = 400;
/** Shapes kept; a desktop has a few dozen. */
const SHAPES = 256;

export class RemotePointer {
  readonly #shapes = new Map<number, CursorShape>();
  #drawn: number | undefined;
  #place: CursorPlace | undefined;
  #monitor = 0;
  #scale = 1;
  #movedAt = -Infinity;
  #here = { x: 0, y: 0 };

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly clock: () => number = () => performance.now(),
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
        this.#place = message;
        if (this.clock() - this.#movedAt > ECHO) this.#here = { x: message.x, y: message.y };
        this.#draw();
        break;
      case 'hidden':
        this.#place = undefined;
        this.#hide();
        break;
    }
  }

  /** The technician's pointer is at this pixel of the picture. */
  moved(x: number, y: number): void {
    this.#movedAt = this.clock();
    this.#here = { x, y };
    this.#draw();
  }

  /** The technician's pointer has left the picture: the helper's word counts again. */
  left(): void {
    this.#movedAt = -Infinity;
    if (this.#place) this.#here = { x: this.#place.x, y: this.#place.y };
    this.#draw();
  }

  /** Page pixels per picture pixel. */
  scale(scale: number): void {
    this.#scale = scale;
    this.#draw();
  }

  onMonitor(monitor: number): void {
    if (this.#monitor === monitor) return;
    this.#monitor = monitor;
    this.#draw();
  }

  #draw(): void {
    const place = this.#place;
    const shape = place && this.#shapes.get(place.shape);
    if (!place || !shape || place.monitor !== this.#monitor) {
      this.#hide();
      return;
    }
    if (this.#drawn !== shape.id) this.#paint(shape);
    const { style } = this.canvas;
    style.width = `${shape.width * this.#scale}px`;
    style.height = `${shape.height * this.#scale}px`;
    const [x, y] = [this.#here.x - shape.hot_x, this.#here.y - shape.hot_y];
    style.transform = `translate(${x * this.#scale}px, ${y * this.#scale}px)`;
    this.canvas.hidden = false;
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
