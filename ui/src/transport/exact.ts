/**
 * Decides which exact cells stand over the video. Draws nothing on the screen, and is never told the time.
 *
 * Pictures and cells travel by different ways and overtake each other; what belongs together is said by the stamps of
 * their captures. Messages of cells are drawn on the sheet of their monitor as they come. Every cell has a barrier: the
 * stamp of the last picture in which it moved. A cell of the sheet captured at or after its barrier stands over the
 * video, an older one does not. So every order of arrival ends in the same picture.
 *
 * Invariants: nothing exact is shown of another monitor, another size or another connection than the picture drawn
 * last; only the sheets of the monitor shown and of the one before or after it are kept.
 */

import type { EncodedFrame } from '../protocol/frame';
import { around, Grid, type Rect } from '../protocol/grid';
import { decodeTiles } from '../protocol/tile';
import { Sheet } from './sheet';

/** Sheets that are kept: cells may overtake the key frame of the monitor they are of. */
export const SHEETS = 2;

/** What is read of a picture. */
export type Moving = Pick<EncodedFrame, 'key' | 'monitor' | 'width' | 'height' | 'stamp' | 'moved'>;

/** Cells that are exact now, ascending, and where their pixels are. */
export interface Placed {
  cells: number[];
  sheet: Sheet;
}

/** What changes over the video. */
export interface Change {
  /** Cells that show video again. */
  dropped: 'all' | number[];
  placed: Placed | null;
}

/** What became of a message. */
export interface Taken {
  /** How many cells it drew, seen or not. */
  cells: number;
  placed: Placed | null;
  /** One before it is missing, and a key frame is needed. */
  missing: boolean;
}

/** `a` was captured after `b`; stamps wrap. */
export function later(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

export class ExactLayer {
  #picture: { monitor: number; grid: Grid } | undefined;
  /** Stamp by cell. */
  #barrier = new Uint32Array();
  /** Whether a cell stands over the video. */
  #holds = new Uint8Array();
  #exact = 0;
  /** The one that was drawn on last at the end. */
  #sheets: Sheet[] = [];

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
    if (picture.key) return this.#key(picture);
    const dropped: number[] = [];
    const sheet = this.#shown();
    for (const { start, len } of picture.moved) {
      const end = Math.min(start + len, this.#holds.length);
      for (let cell = start; cell < end; cell += 1) {
        this.#barrier[cell] = picture.stamp;
        if (this.#holds[cell] && !this.#stands(sheet, cell)) this.#drop(cell, dropped);
      }
    }
    return { dropped, placed: null };
  }

  /** A message came. Throws `Malformed`. */
  take(bytes: Uint8Array): Taken {
    const message = decodeTiles(bytes);
    const sheet = this.#sheet(message.monitor, message.grid);
    const drawn = sheet.draw(message);
    if (drawn === 'missing') return { cells: 0, placed: null, missing: true };
    const placed = sheet === this.#shown() ? this.#place(sheet, drawn) : null;
    return { cells: drawn.length, placed, missing: false };
  }

  /** Another connection begins, with another clock: nothing that was held means anything in it. */
  restart(): void {
    this.#picture = undefined;
    this.#sheets = [];
  }

  #key(picture: Moving): Change {
    const before = this.#picture;
    const grid = new Grid(picture.width, picture.height);
    const same = before?.monitor === picture.monitor && alike(before.grid, grid);
    this.#picture = { monitor: picture.monitor, grid };
    if (!same) {
      this.#barrier = new Uint32Array(grid.cells);
      this.#holds = new Uint8Array(grid.cells);
      this.#exact = 0;
    }
    this.#barrier.fill(picture.stamp);
    const sheet = this.#shown();
    const dropped: number[] = [];
    const cells: number[] = [];
    for (let cell = 0; cell < this.#holds.length; cell += 1) {
      if (!this.#holds[cell]) cells.push(cell);
      else if (!this.#stands(sheet, cell)) this.#drop(cell, dropped);
    }
    return { dropped: same ? dropped : 'all', placed: sheet ? this.#place(sheet, cells) : null };
  }

  #drop(cell: number, dropped: number[]): void {
    this.#holds[cell] = 0;
    this.#exact -= 1;
    dropped.push(cell);
  }

  /** Those of these cells that stand over the video now. */
  #place(sheet: Sheet, drawn: readonly number[]): Placed | null {
    const cells = drawn.filter((cell) => this.#stands(sheet, cell));
    for (const cell of cells) {
      if (!this.#holds[cell]) this.#exact += 1;
      this.#holds[cell] = 1;
    }
    return cells.length > 0 ? { cells, sheet } : null;
  }

  #stands(sheet: Sheet | undefined, cell: number): boolean {
    const stamp = sheet?.stamp(cell) ?? null;
    return stamp !== null && !later(this.#barrier[cell] ?? 0, stamp);
  }

  /** The sheet of the picture drawn last. */
  #shown(): Sheet | undefined {
    const picture = this.#picture;
    return (
      picture && this.#sheets.find(({ monitor, grid }) => monitor === picture.monitor && alike(grid, picture.grid))
    );
  }

  /** The sheet of that monitor and size, a new one if there is none. */
  #sheet(monitor: number, grid: Grid): Sheet {
    const known = this.#sheets.find((sheet) => sheet.monitor === monitor && alike(sheet.grid, grid));
    const others = this.#sheets.filter((sheet) => sheet.monitor !== monitor).slice(1 - SHEETS);
    const sheet = known ?? new Sheet(monitor, grid);
    this.#sheets = [...others, sheet];
    return sheet;
  }
}

function alike(a: Grid, b: Grid): boolean {
  return a.width === b.width && a.height === b.height;
}
