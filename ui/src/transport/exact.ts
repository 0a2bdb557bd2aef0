/**
 * Decides which exact cells stand over the video. Knows nothing of pixels or of drawing, and is never told the time.
 *
 * Pictures and cells travel by different ways and overtake each other; what belongs together is said by the stamps of
 * their captures. Every cell has a barrier: the stamp of the last picture in which it moved. A cell of a capture at or
 * after its barrier stands over the video, an older one does not. So every order of arrival ends in the same picture.
 *
 * Invariants: nothing exact is shown of another monitor, another size or another connection than the picture drawn
 * last; what waits for its picture is bounded.
 */

import type { EncodedFrame } from '../protocol/frame';
import { around, Grid, type Rect } from '../protocol/grid';
import { decodeTileHead, decodeTiles, type Tile, type TileHead } from '../protocol/tile';

/** Bytes of messages that may be ahead of the pictures. */
export const KEPT = 4 * 1024 * 1024;

/** What is read of a picture. */
export type Moving = Pick<EncodedFrame, 'key' | 'monitor' | 'width' | 'height' | 'stamp' | 'moved'>;

/** What changes over the video. */
export interface Change {
  /** Cells that show video again. */
  dropped: 'all' | number[];
  /** Cells that are exact now. */
  placed: Tile[];
}

/** `a` was captured after `b`; stamps wrap. */
export function later(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export class ExactLayer {
  #picture: { monitor: number; grid: Grid } | undefined;
  /** Stamp by cell. */
  #barrier = new Uint32Array();
  #held = new Uint32Array();
  #holds = new Uint8Array();
  #exact = 0;
  /**
   * Messages as new as the picture drawn last or newer. Even what is placed already may belong to a later picture of the
   * same size, with another monitor's between.
   */
  #ahead: { head: TileHead; message: Uint8Array }[] = [];
  #aheadBytes = 0;

  /** Exact cells over the picture, of how many. */
  get exact(): { held: number; cells: number } {
    return { held: this.#exact, cells: this.#holds.length };
  }

  /** The smallest rectangle around all that still shows video; `null` while everything is exact. */
  get loose(): Rect | null {
    const grid = this.#picture?.grid;
    if (!grid) return null;
    const boxes: Rect[] = [];
    for (let cell = 0; cell < this.#holds.length; cell += 1) if (!this.#holds[cell]) boxes.push(grid.box(cell));
    return boxes.length > 0 ? around(boxes) : null;
  }

  /** A picture is drawn, or left out because a newer one is drawn. */
  picture(picture: Moving): Change {
    this.#forget(({ head }) => later(picture.stamp, head.stamp));
    if (picture.key) return this.#key(picture);
    const dropped: number[] = [];
    for (const { start, len } of picture.moved) {
      const end = Math.min(start + len, this.#holds.length);
      for (let cell = start; cell < end; cell += 1) {
        this.#barrier[cell] = picture.stamp;
        if (!this.#holds[cell] || !later(picture.stamp, this.#held[cell] ?? 0)) continue;
        this.#holds[cell] = 0;
        this.#exact -= 1;
        dropped.push(cell);
      }
    }
    return { dropped, placed: [] };
  }

  /**
   * A message came. What belongs to the picture drawn last is placed, what belongs to one not drawn yet is kept;
   * `forgotten` means that too much waited, and that a key frame is needed. Throws `Malformed`.
   */
  take(message: Uint8Array): Tile[] | 'kept' | 'forgotten' {
    const head = decodeTileHead(message);
    const shows = this.#shows(head);
    const placed = shows ? this.#place(message) : 'kept';
    this.#ahead.push({ head, message });
    this.#aheadBytes += message.length;
    if (this.#aheadBytes <= KEPT) return placed;
    const needed = this.#ahead.some((kept) => !this.#shows(kept.head));
    this.#forget(() => true);
    return needed ? 'forgotten' : placed;
  }

  /** Another connection begins, with another clock: nothing that was held means anything in it. */
  restart(): void {
    this.#picture = undefined;
    this.#forget(() => true);
  }

  #key(picture: Moving): Change {
    const before = this.#picture;
    const grid = new Grid(picture.width, picture.height);
    const same =
      before?.monitor === picture.monitor && before.grid.width === grid.width && before.grid.height === grid.height;
    this.#picture = { monitor: picture.monitor, grid };
    if (!same) {
      this.#barrier = new Uint32Array(grid.cells);
      this.#held = new Uint32Array(grid.cells);
      this.#holds = new Uint8Array(grid.cells);
      this.#exact = 0;
    }
    this.#barrier.fill(picture.stamp);
    const dropped: number[] = [];
    for (let cell = 0; cell < this.#holds.length; cell += 1) {
      if (!this.#holds[cell] || !later(picture.stamp, this.#held[cell] ?? 0)) continue;
      this.#holds[cell] = 0;
      this.#exact -= 1;
      dropped.push(cell);
    }
    return { dropped: same ? dropped : 'all', placed: this.#placeAhead() };
  }

  #placeAhead(): Tile[] {
    return this.#ahead.filter(({ head }) => this.#shows(head)).flatMap(({ message }) => this.#place(message));
  }

  #place(message: Uint8Array): Tile[] {
    const { stamp, tiles } = decodeTiles(message);
    return tiles.filter(({ cell }) => {
      if (later(this.#barrier[cell] ?? 0, stamp)) return false;
      if (this.#holds[cell] && !later(stamp, this.#held[cell] ?? 0)) return false;
      if (!this.#holds[cell]) this.#exact += 1;
      this.#holds[cell] = 1;
      this.#held[cell] = stamp;
      return true;
    });
  }

  #shows({ monitor, width, height }: TileHead): boolean {
    const picture = this.#picture;
    return picture?.monitor === monitor && picture.grid.width === width && picture.grid.height === height;
  }

  #forget(which: (kept: { head: TileHead }) => boolean): void {
    this.#ahead = this.#ahead.filter((kept) => !which(kept));
    this.#aheadBytes = this.#ahead.reduce((sum, { message }) => sum + message.length, 0);
  }
}
