/** The technician's end of a live picture: frames, cells and pointer in, keys and mouse out. Lives as long as its canvas. */

import type { Backend } from '../backend/backend';
import { decodeCursor } from '../protocol/cursor';
import type { InputEvent } from '../protocol/input';
import type { SessionId } from '../protocol/generated/SessionId';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import { videoBytes, watchedKind } from '../protocol/watch';
import { InputSender } from '../transport/input';
import { RemotePointer } from '../transport/pointer';
import { Projector, type ProjectionFigures, type ProjectorEvent } from '../transport/projector';

/** One watch or unwatch at a time: an unwatch that overtook the next watch would leave a screen without pictures. */
let turn: Promise<void> = Promise.resolve();

function inTurn(what: () => Promise<void>): void {
  // A refusal means that the session has ended meanwhile; its record says so on screen.
  turn = turn.then(what).catch(() => undefined);
}

export class Viewer {
  /** Size of the picture in the customer's pixels; `null` while there is none. */
  size = $state.raw<{ width: number; height: number } | null>(null);
  /** The monitor on the canvas. */
  monitor = $state(0);
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
  readonly #input: InputSender;
  #covered = false;
  #closed = false;
  #done = -1;
  #telling = false;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    canvas: HTMLCanvasElement,
    pointer: HTMLCanvasElement,
    private readonly onclose: () => void,
  ) {
    this.pointer = new RemotePointer(pointer);
    this.#input = new InputSender(backend, session);
    this.projector = new Projector(canvas, (event) => this.#told(event));
    inTurn(() => backend.watch(session, (message) => this.#take(message)));
  }

  /** The connection is made anew: the picture stays as it is until the first one of the next. */
  restart(): void {
    this.broken = null;
    this.projector.restart();
  }

  /** The customer does not want his screen seen for now: nothing of it stays on this one. */
  cover(on: boolean): void {
    if (this.#covered === on) return;
    this.#covered = on;
    if (on) this.size = null;
    this.projector.cover(on);
  }

  send(event: InputEvent): void {
    if (!this.#closed) this.#input.send(event);
  }

  close(): void {
    if (this.#closed) return;
    this.#input.send({ kind: 'release_all' });
    this.#closed = true;
    this.projector.close();
    this.pointer.close();
    inTurn(() => this.backend.unwatch(this.session));
    this.onclose();
  }

  #take(message: Uint8Array): void {
    if (this.#closed) return;
    try {
      const kind = watchedKind(message);
      if (kind === 'cursor') this.pointer.take(decodeCursor(message.subarray(1)));
      else {
        if (kind === 'frame') this.videoBytes += videoBytes(message);
        this.projector.take(message);
      }
    } catch (error) {
      console.warn('a watched message was not understood', error);
    }
  }

  #told(event: ProjectorEvent): void {
    switch (event.kind) {
      case 'drawn': {
        if (this.#covered) return;
        const { monitor, width, height } = event;
        this.drawn = event.frames;
        this.firstDrawnAt ??= event.at - performance.timeOrigin;
        if (this.size?.width !== width || this.size.height !== height) this.size = { width, height };
        if (this.monitor !== monitor) this.monitor = monitor;
        this.pointer.onMonitor(monitor);
        break;
      }
      case 'done':
        void this.#tellDone(event.seq);
        break;
      case 'need_key':
        void this.backend.needKeyFrame(this.session).catch(() => undefined);
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
      await this.backend.drawn(this.session, told).catch(() => undefined);
    }
    this.#telling = false;
  }
}
