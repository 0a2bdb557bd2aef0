/** The technician's end of a live picture: frames and pointer in, keys and mouse out. Lives as long as its canvas. */

import type { Backend } from '../backend/backend';
import type { InputEvent } from '../protocol/input';
import type { SessionId } from '../protocol/generated/SessionId';
import type { VideoCodec } from '../protocol/generated/VideoCodec';
import { decodeWatched } from '../protocol/watch';
import { InputSender } from '../transport/input';
import { Picture } from '../transport/picture';
import { RemotePointer } from '../transport/pointer';

/** One watch or unwatch at a time: an unwatch that overtook the next watch would leave a screen without pictures. */
let turn: Promise<void> = Promise.resolve();

function inTurn(what: () => Promise<void>): void {
  // A refusal means that the session has ended meanwhile; its record says so on screen.
  turn = turn.then(what).catch(() => undefined);
}

export class Viewer {
  /** Size of the picture in pixels; `null` before the first. */
  size = $state.raw<{ width: number; height: number } | null>(null);
  /** The monitor on the canvas. */
  monitor = $state(0);
  /** The codec that does not work here. */
  broken = $state.raw<VideoCodec | null>(null);
  /** Bytes of video that arrived; like the two below not reactive, for measuring. */
  videoBytes = 0;
  /** Pictures drawn. */
  drawn = 0;
  /** When the first one was drawn, in milliseconds of `performance.now()`. */
  firstDrawnAt: number | null = null;
  readonly pointer: RemotePointer;
  readonly #picture: Picture;
  readonly #input: InputSender;
  #closed = false;
  #done = -1;
  #telling = false;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    readonly canvas: HTMLCanvasElement,
    pointer: HTMLCanvasElement,
    private readonly onclose: () => void,
  ) {
    this.pointer = new RemotePointer(pointer);
    this.#input = new InputSender(backend, session);
    this.#picture = new Picture(canvas, {
      needKeyFrame: () => void backend.needKeyFrame(session).catch(() => undefined),
      drawn: ({ monitor, width, height }) => {
        this.drawn += 1;
        this.firstDrawnAt ??= performance.now();
        if (this.size?.width !== width || this.size.height !== height) this.size = { width, height };
        if (this.monitor !== monitor) this.monitor = monitor;
        this.pointer.onMonitor(monitor);
      },
      done: (seq) => void this.#tellDone(seq),
      broken: (codec) => (this.broken = codec),
    });
    inTurn(() => backend.watch(session, (message) => this.#take(message)));
  }

  /** The connection was made anew: its pictures are numbered from the beginning. */
  restart(): void {
    this.broken = null;
    this.#picture.restart();
  }

  send(event: InputEvent): void {
    if (!this.#closed) this.#input.send(event);
  }

  close(): void {
    if (this.#closed) return;
    this.#input.send({ kind: 'release_all' });
    this.#closed = true;
    this.#picture.close();
    inTurn(() => this.backend.unwatch(this.session));
    this.onclose();
  }

  #take(message: Uint8Array): void {
    if (this.#closed) return;
    try {
      const watched = decodeWatched(message);
      if ('frame' in watched) {
        this.videoBytes += watched.frame.data.length;
        this.#picture.push(watched.frame);
      } else this.pointer.take(watched.cursor);
    } catch (error) {
      console.warn('a watched message was not understood', error);
    }
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
