/** The picture of one monitor: its frames and cells in, what they cost and bring out. Lives as long as its canvas. */

import type { Backend } from '../backend/backend';
import type { CursorMessage } from '../protocol/cursor';
import type { SessionId } from '../protocol/generated/SessionId';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import { videoBytes } from '../protocol/watch';
import { RemotePointer } from '../transport/pointer';
import { Projector, type ProjectionFigures, type ProjectorEvent } from '../transport/projector';

export class View {
  /** Size of the picture in the customer's pixels; `null` while there is none. */
  size = $state.raw<{ width: number; height: number } | null>(null);
  /** The codec that does not work here. */
  broken = $state.raw<VideoCodec | null>(null);
  /** What drawing costs and brings; once a second. */
  figures = $state.raw<ProjectionFigures | null>(null);
  /** Bytes of video that arrived; like the two below not reactive, for measuring. */
  videoBytes = 0;
  /** Pictures drawn. */
  drawn = 0;
  /** When the first one was drawn, in milliseconds of `performance.now()`. */
  firstDrawnAt: number | null = null;
  readonly pointer: RemotePointer;
  readonly projector: Projector;
  #covered = false;
  #closed = false;
  #done = -1;
  #telling = false;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    readonly monitor: number,
    readonly canvas: HTMLCanvasElement,
    pointer: HTMLCanvasElement,
    private readonly onclose: () => void,
  ) {
    this.pointer = new RemotePointer(pointer);
    this.pointer.onMonitor(monitor);
    this.projector = new Projector(canvas, (event) => this.#told(event));
  }

  /** A frame or tile message of this monitor. */
  take(message: Uint8Array, kind: 'frame' | 'tiles'): void {
    if (kind === 'frame') this.videoBytes += videoBytes(message);
    this.projector.take(message);
  }

  point(message: CursorMessage): void {
    this.pointer.take(message);
  }

  restart(): void {
    this.broken = null;
    this.projector.restart();
  }

  cover(on: boolean): void {
    if (this.#covered === on) return;
    this.#covered = on;
    if (on) this.size = null;
    this.projector.cover(on);
  }

  /** Its pictures began before it was here. */
  needKeyFrame(): void {
    void this.backend.needKeyFrame(this.session, this.monitor).catch(() => undefined);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.projector.close();
    this.pointer.close();
    this.onclose();
  }

  #told(event: ProjectorEvent): void {
    switch (event.kind) {
      case 'drawn': {
        if (this.#covered) return;
        const { width, height } = event;
        this.drawn = event.frames;
        this.firstDrawnAt ??= event.at - performance.timeOrigin;
        if (this.size?.width !== width || this.size.height !== height) this.size = { width, height };
        break;
      }
      case 'done':
        void this.#tellDone(event.seq);
        break;
      case 'need_key':
        this.needKeyFrame();
        break;
      case 'broken':
        this.broken = event.codec;
        break;
      case 'figures':
        this.#keep(event.figures);
        break;
    }
  }

  /** A screen that rests has no times; those of its last motion stay. */
  #keep(figures: ProjectionFigures): void {
    const last = this.figures;
    this.figures = {
      ...figures,
      decode_ms: figures.decode_ms ?? last?.decode_ms ?? null,
      draw_ms: figures.draw_ms ?? last?.draw_ms ?? null,
      queue_ms: figures.queue_ms ?? last?.queue_ms ?? null,
    };
  }

  /** Tells the shell what is done; while one call is under way, later pictures are told together. */
  async #tellDone(seq: number): Promise<void> {
    this.#done = seq;
    if (this.#telling) return;
    this.#telling = true;
    for (let told = -1; told !== this.#done && !this.#closed;) {
      told = this.#done;
      await this.backend.drawn(this.session, this.monitor, told).catch(() => undefined);
    }
    this.#telling = false;
  }
}
