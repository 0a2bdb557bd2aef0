/**
 * Composes and scales with a 2D canvas, where there is no graphics card for WebGL 2. Everything stays in main memory:
 * a canvas that is read from time to time is drawn by the processor itself there.
 * Exact cells lie in a picture of their own, which is
 * transparent elsewhere and drawn over the video.
 */

import { Grid, type Rect } from '../../protocol/grid';
import type { Placed } from '../exact';
import { boxes } from '../sheet';
import { shown, type Draw, type Painter } from './painter';

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Target pixels that the browser's filter may reach beyond what it covers. */
const REACH = 2;

export class Canvas2dPainter implements Painter {
  readonly kind = '2d';
  renewed = null;
  readonly #composed: Context;
  readonly #exact: Context;
  #grid = new Grid(0, 0);
  readonly #held = new Set<number>();

  private constructor(
    private readonly canvas: HTMLCanvasElement | OffscreenCanvas,
    private readonly context: Context,
    make: () => HTMLCanvasElement | OffscreenCanvas,
  ) {
    const [composed, exact] = [
      make().getContext('2d', { alpha: false, willReadFrequently: true }) as Context | null,
      make().getContext('2d', { willReadFrequently: true }) as Context | null,
    ];
    if (!composed || !exact) throw new Error('no 2D canvas');
    [this.#composed, this.#exact] = [composed, exact];
  }

  static on(
    canvas: HTMLCanvasElement | OffscreenCanvas,
    make: () => HTMLCanvasElement | OffscreenCanvas,
  ): Canvas2dPainter {
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true }) as Context | null;
    if (!context) throw new Error('no 2D canvas');
    return new Canvas2dPainter(canvas, context, make);
  }

  begin(width: number, height: number): void {
    this.#grid = new Grid(width, height);
    this.#held.clear();
    for (const { canvas } of [this.#composed, this.#exact]) Object.assign(canvas, { width, height });
  }

  drop(cells: 'all' | number[]): void {
    const { width, height } = this.#grid;
    if (cells === 'all') this.#held.clear();
    else for (const cell of cells) this.#held.delete(cell);
    const boxes = cells === 'all' ? [{ x: 0, y: 0, width, height }] : cells.map((cell) => this.#grid.box(cell));
    for (const box of boxes) this.#exact.clearRect(box.x, box.y, box.width, box.height);
  }

  video(picture: VideoFrame): Draw {
    return (part) => {
      const { width, height } = this.#grid;
      const from = shown(picture, width, height);
      const context = this.#composed;
      context.save();
      // Cut out of the whole: drawn by itself, a part comes out in other colours.
      if (part) only(context, part);
      context.drawImage(picture, 0, 0, from.width, from.height, 0, 0, width, height);
      if (this.#held.size > 0) context.drawImage(this.#exact.canvas, 0, 0);
      context.restore();
    };
  }

  place({ cells, sheet }: Placed): void {
    const image = new ImageData(new Uint8ClampedArray(sheet.pixels.buffer), sheet.grid.width, sheet.grid.height);
    for (const { x, y, width, height } of boxes(sheet.grid, cells)) {
      this.#exact.putImageData(image, 0, 0, x, y, width, height);
      this.#composed.putImageData(image, 0, 0, x, y, width, height);
    }
    for (const cell of cells) this.#held.add(cell);
  }

  room(width: number, height: number): void {
    if (this.canvas.width === width && this.canvas.height === height) return;
    Object.assign(this.canvas, { width, height });
  }

  present(part: Rect | null): 'rough' | 'sharp' {
    return this.#show(part, 'medium');
  }

  settle(): void {
    this.#show(null, 'high');
  }

  #show(part: Rect | null, quality: ImageSmoothingQuality): 'rough' | 'sharp' {
    const { width, height } = this.#grid;
    const { canvas, context } = this;
    if (width === 0) return 'sharp';
    const [x, y] = [canvas.width / width, canvas.height / height];
    context.imageSmoothingEnabled = !(x === y && Number.isInteger(x));
    // The best one takes a tenth of a second without a graphics card.
    context.imageSmoothingQuality = quality;
    context.save();
    if (part) only(context, scaled(part, x, y));
    context.drawImage(this.#composed.canvas, 0, 0, width, height, 0, 0, canvas.width, canvas.height);
    context.restore();
    return context.imageSmoothingEnabled && quality !== 'high' ? 'rough' : 'sharp';
  }

  clear(): void {
    // A canvas that is given a size is wiped.
    this.begin(1, 1);
    const { width, height } = this.canvas;
    Object.assign(this.canvas, { width, height });
    this.#grid = new Grid(0, 0);
  }

  read(x: number, y: number, width: number, height: number): Uint8ClampedArray<ArrayBuffer> | null {
    if (x < 0 || y < 0 || x + width > this.#grid.width || y + height > this.#grid.height) return null;
    return this.#composed.getImageData(x, y, width, height).data as Uint8ClampedArray<ArrayBuffer>;
  }
}

/** What is drawn from now on changes nothing outside. */
function only(context: Context, { x, y, width, height }: Rect): void {
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

/** A part at another scale, with what the browser's filter reaches beyond it. */
function scaled(rect: Rect, x: number, y: number): Rect {
  const [left, top] = [Math.floor(rect.x * x) - REACH, Math.floor(rect.y * y) - REACH];
  const right = Math.ceil((rect.x + rect.width) * x) + REACH;
  const bottom = Math.ceil((rect.y + rect.height) * y) + REACH;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
