/**
 * Counts what a projection does and makes the figures of about a second from it. Is told the time; decides nothing.
 *
 * How long a picture was under way cannot be read from two clocks that nobody compared. But the fastest one of late is
 * as fast as the line is: what others needed more than it, they waited somewhere.
 */

import type { EncodedFrame } from '../protocol/frame';

/** What the page measures of its own part. `null`: nothing happened. */
export interface ProjectionFigures {
  place: 'worker' | 'page';
  painter: 'webgl2' | '2d';
  /** Pictures drawn, and left out because a newer one was there, per second. */
  drawn: number;
  left_out: number;
  /** Pictures and cells together: how often the canvas changed, per second. */
  changes: number;
  decode_ms: number | null;
  draw_ms: number | null;
  /** Waiting on the way, over the fastest of late. */
  queue_ms: number | null;
  /** Exact cells that came, and their bytes, per second. */
  tiles: number;
  tile_kbit_per_s: number;
  /** Exact cells over the picture, of how many. */
  exact: number;
  cells: number;
}

/** The fastest picture counts for this long, so that clocks may drift, in milliseconds. */
const FASTEST = 30_000;

class Mean {
  #sum = 0;
  #count = 0;
  add(value: number): void {
    this.#sum += value;
    this.#count += 1;
  }
  take(): number | null {
    const mean = this.#count > 0 ? this.#sum / this.#count : null;
    this.#sum = this.#count = 0;
    return mean;
  }
}

export class Figures {
  #since: number | undefined;
  #drawn = 0;
  #leftOut = 0;
  #changes = 0;
  #tiles = 0;
  #tileBytes = 0;
  readonly #decode = new Mean();
  readonly #draw = new Mean();
  readonly #queue = new Mean();
  #fastest: { offset: number; at: number } | undefined;

  constructor(
    private readonly place: 'worker' | 'page',
    private readonly painter: 'webgl2' | '2d',
  ) {}

  /** A picture came; `at` is the receiver's clock in milliseconds. */
  arrived({ captured_us }: Pick<EncodedFrame, 'captured_us'>, at: number): void {
    const offset = at - captured_us / 1_000;
    if (!this.#fastest || offset < this.#fastest.offset || at - this.#fastest.at > FASTEST) {
      this.#fastest = { offset, at };
    }
    this.#queue.add(offset - this.#fastest.offset);
  }

  decoded(ms: number): void {
    this.#decode.add(ms);
  }

  leftOut(): void {
    this.#leftOut += 1;
  }

  /** The canvas has changed by a picture, or by cells alone. */
  drawn(ms: number, by: 'picture' | 'tiles'): void {
    this.#draw.add(ms);
    this.#changes += 1;
    if (by === 'picture') this.#drawn += 1;
  }

  tiles(count: number, bytes: number): void {
    this.#tiles += count;
    this.#tileBytes += bytes;
  }

  /** Another connection, another clock. */
  restart(): void {
    this.#fastest = undefined;
  }

  take(now: number, exact: number, cells: number): ProjectionFigures {
    const seconds = Math.max(0.001, (now - (this.#since ?? now - 1_000)) / 1_000);
    const rate = (count: number) => count / seconds;
    const figures: ProjectionFigures = {
      place: this.place,
      painter: this.painter,
      drawn: rate(this.#drawn),
      left_out: rate(this.#leftOut),
      changes: rate(this.#changes),
      decode_ms: this.#decode.take(),
      draw_ms: this.#draw.take(),
      queue_ms: this.#queue.take(),
      tiles: rate(this.#tiles),
      tile_kbit_per_s: rate((this.#tileBytes * 8) / 1_000),
      exact,
      cells,
    };
    this.#since = now;
    this.#drawn = this.#leftOut = this.#changes = this.#tiles = this.#tileBytes = 0;
    return figures;
  }
}
