/** Counts what a live call receives and makes the figures of one second from it. */

import type { CallStats } from '../../../protocol/generated/CallStats';
import type { PictureStats } from '../../../protocol/generated/PictureStats';

/** How often figures are made, in milliseconds. */
const INTERVAL = 1_000;

const NOTHING: PictureStats = {
  captured: 0,
  sent: 0,
  bytes: 0,
  capture_ms: 0,
  encode_ms: 0,
  tiles: 0,
  tile_bytes: 0,
  exact: false,
  frame_rate: 0,
  scale_percent: 0,
  limit: 'none',
};

export class Meter {
  #pictures = 0;
  #bytes = 0;
  #tiles = 0;
  #tileBytes = 0;
  #rtt: number | null = null;
  #helper = NOTHING;

  constructor(private since: number) {}

  picture(bytes: number): void {
    this.#pictures += 1;
    this.#bytes += bytes;
  }

  tiles(cells: number, bytes: number): void {
    this.#tiles += cells;
    this.#tileBytes += bytes;
  }

  /** In milliseconds. */
  roundTrip(rtt: number): void {
    this.#rtt = rtt;
  }

  helper(stats: PictureStats): void {
    this.#helper = stats;
  }

  /** The figures since the last call, once a second; counting then begins anew. */
  take(now: number): CallStats | null {
    const seconds = (now - this.since) / 1_000;
    if (now - this.since < INTERVAL) return null;
    const { capture_ms, encode_ms, exact, frame_rate, scale_percent, limit } = this.#helper;
    const stats = {
      fps: this.#pictures / seconds,
      kbit_per_s: (this.#bytes * 8) / 1_000 / seconds,
      tiles: this.#tiles / seconds,
      tile_kbit_per_s: (this.#tileBytes * 8) / 1_000 / seconds,
      rtt_ms: this.#rtt,
      capture_ms,
      encode_ms,
      exact,
      frame_rate,
      scale_percent,
      limit,
    };
    this.since = now;
    this.#pictures = this.#bytes = this.#tiles = this.#tileBytes = 0;
    return stats;
  }
}
