/**
 * The page's end of a projection: runs it in a worker where that can decode and draw well, else here. What is told
 * before it is known which, waits.
 *
 * WebKitGTK 2.50 decodes in workers, but has no WebGL there. So with a graphics card it draws here with WebGL 2, and
 * without one in the worker on a 2D canvas, which is then the quicker of the two.
 */

import type { ProjectionFigures } from './figures';
import { decodableCodecs } from './codecs';
import { bestKind, painterOn, type PainterKind } from './painter';
import type { Rect } from '../protocol/grid';
import { Projection, type Tell, type Told } from './projection';
import type { Canvas, Ready } from './projection.worker';

export type { ProjectionFigures };

/** A worker that says nothing for this long does not work here, in milliseconds. */
const WORKER_PATIENCE = 3_000;

/** One change of a watched pixel: when, in milliseconds of `performance.now()`, then red, green, blue. */
export type PixelChange = [at: number, red: number, green: number, blue: number];

/** Grows until it is stopped. */
export interface PixelWatch {
  readonly changes: readonly PixelChange[];
  stop(): void;
}

/** The composed picture in pixels of the customer's monitor, red first, rows from the top. */
export interface WholePicture {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type ProjectorEvent = Exclude<Told, { kind: 'pixel' | 'picture' }>;

export class Projector {
  #send: ((told: Tell) => void) | undefined;
  #waiting: Tell[] = [];
  #close: () => void;
  #closed = false;
  #count = 0;
  readonly #watches = new Map<number, PixelChange[]>();
  readonly #asks = new Map<number, (picture: WholePicture | null) => void>();

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly tell: (event: ProjectorEvent) => void,
  ) {
    this.#close = () => undefined;
    void this.#start();
  }

  /** Hands a frame or tile message over; its bytes may be gone afterwards. */
  take(message: Uint8Array): void {
    this.#tell({ kind: 'message', bytes: message, at: performance.timeOrigin + performance.now() });
  }

  restart(): void {
    this.#tell({ kind: 'restart' });
  }

  /** Wipes the picture and draws none until told otherwise. */
  cover(on: boolean): void {
    this.#tell({ kind: 'cover', on });
  }

  room(width: number, height: number): void {
    this.#tell({ kind: 'room', width, height });
  }

  /** Every colour that a pixel of the picture gets from now on, stamped where it is drawn. The list grows by itself. */
  watchPixel(x: number, y: number): PixelWatch {
    const watch = (this.#count += 1);
    const changes: PixelChange[] = [];
    this.#watches.set(watch, changes);
    this.#tell({ kind: 'watch', watch, x, y });
    const stop = () => {
      this.#watches.delete(watch);
      this.#tell({ kind: 'unwatch', watch });
    };
    return { changes, stop };
  }

  /** Red, green, blue of a pixel as it is now; `null` without a picture or outside it. */
  async pixel(x: number, y: number): Promise<[number, number, number] | null> {
    const [red, green, blue] = (await this.#part({ x, y, width: 1, height: 1 }))?.rgba ?? [];
    return red === undefined || green === undefined || blue === undefined ? null : [red, green, blue];
  }

  /** The picture as it is now; `null` while there is none. */
  picture(): Promise<WholePicture | null> {
    return this.#part(null);
  }

  #part(part: Rect | null): Promise<WholePicture | null> {
    const ask = (this.#count += 1);
    return new Promise((done) => {
      this.#asks.set(ask, done);
      this.#tell({ kind: 'picture', ask, part });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#tell({ kind: 'cover', on: true });
    this.#close();
    for (const done of this.#asks.values()) done(null);
  }

  async #start(): Promise<void> {
    const { worker, painter } = await choose();
    if (this.#closed) {
      worker?.terminate();
      return;
    }
    this.#send = worker ? this.#inWorker(worker, painter) : this.#here(painter);
    for (const told of this.#waiting.splice(0)) this.#tell(told);
  }

  #inWorker(worker: Worker, painter: PainterKind): (told: Tell) => void {
    this.#close = () => setTimeout(() => worker.terminate(), 1_000);
    worker.onmessage = ({ data }: MessageEvent<Told>) => this.#told(data);
    const canvas = this.canvas.transferControlToOffscreen();
    worker.postMessage({ kind: 'canvas', canvas, painter } satisfies Canvas, [canvas]);
    return (told) => worker.postMessage(told, told.kind === 'message' ? [told.bytes.buffer] : []);
  }

  #here(painter: PainterKind): (told: Tell) => void {
    const projection = new Projection(painterOn(painter, this.canvas), (told) => this.#told(told), 'page');
    const timer = setInterval(() => projection.tick(), 1_000);
    this.#close = () => {
      clearInterval(timer);
      projection.close();
    };
    return (told) => projection.take(told);
  }

  #tell(told: Tell): void {
    if (this.#send) this.#send(told);
    else this.#waiting.push(told);
  }

  #told(told: Told): void {
    switch (told.kind) {
      case 'pixel':
        this.#watches.get(told.watch)?.push([told.at - performance.timeOrigin, ...told.colour]);
        break;
      case 'picture':
        this.#asks.get(told.ask)?.(told.rgba && { width: told.width, height: told.height, rgba: told.rgba });
        this.#asks.delete(told.ask);
        break;
      default:
        if (!this.#closed) this.tell(told);
    }
  }
}

interface Choice {
  worker: Worker | null;
  painter: PainterKind;
}

/** How this page draws by itself; tried once. */
let here: Promise<PainterKind | null> | undefined;

/**
 * Finds out how this page can decode and draw, before the first call has to wait for it. What decoding needs is started
 * by it, and by one thread alone: WebKitGTK may crash when two do that in the same moment.
 */
export function prepare(): Promise<PainterKind | null> {
  here ??= decodableCodecs().then(bestKind);
  return here;
}

/** Where to draw, and how: off this thread before on it, except where that means to do without a graphics card. */
async function choose(): Promise<Choice> {
  const page = await prepare();
  const found = await startWorker();
  if (found?.best && (found.best === 'webgl2' || page !== 'webgl2'))
    return { worker: found.worker, painter: found.best };
  found?.worker.terminate();
  return { worker: null, painter: page ?? '2d' };
}

/** A worker, and how it would draw; `null` where there are none. */
function startWorker(): Promise<{ worker: Worker; best: PainterKind | null } | null> {
  if (typeof Worker === 'undefined' || typeof HTMLCanvasElement.prototype.transferControlToOffscreen !== 'function') {
    return Promise.resolve(null);
  }
  const worker = new Worker(new URL('./projection.worker.ts', import.meta.url), { type: 'module' });
  return new Promise((done) => {
    const answer = (best: PainterKind | null | undefined) => {
      clearTimeout(timer);
      if (best === undefined) worker.terminate();
      done(best === undefined ? null : { worker, best });
    };
    const timer = setTimeout(() => answer(undefined), WORKER_PATIENCE);
    worker.onmessage = ({ data }: MessageEvent<Ready>) => answer(data.best);
    worker.onerror = () => answer(undefined);
  });
}
