/**
 * What tile messages have drawn so far of one monitor, whatever video shows: the sheet of
 * `deskhand_protocol::call::tile`.
 *
 * Invariants: a message is drawn whole or not at all, and only in its turn; what was never drawn is never read.
 */

import { CELL, type Grid, type Rect } from '../protocol/grid';
import { cellsOf, OPAQUE, paint, type TileMessage, type Vector } from '../protocol/tile';

/** What became of a message: the cells it drew, ascending; or a message before it is `missing`, which is said once. */
export type Drawn = number[] | 'missing';

export class Sheet {
  /** Red first in memory, rows from the top. */
  readonly pixels: Uint32Array<ArrayBuffer>;
  /** The same while a message is being drawn. */
  readonly #next: Uint32Array<ArrayBuffer>;
  /** Of the capture that a cell is from. */
  readonly #stamps: Uint32Array;
  /** 0: nothing was drawn; 1: before the sheet began, shown and never referred to; 2: since then. */
  readonly #state: Uint8Array;
  /** The next message; `begin`: it must begin the sheet; `lost`: it must too, and that was said. */
  #expected: number | 'begin' | 'lost' = 'begin';

  constructor(
    readonly monitor: number,
    readonly grid: Grid,
  ) {
    this.pixels = new Uint32Array(grid.width * grid.height);
    this.#next = new Uint32Array(this.pixels.length);
    this.#stamps = new Uint32Array(grid.cells);
    this.#state = new Uint8Array(grid.cells);
  }

  /** When a cell was captured; `null` where nothing was drawn. */
  stamp(cell: number): number | null {
    return this.#state[cell] ? (this.#stamps[cell] ?? 0) : null;
  }

  /** Draws a message of this monitor and size. */
  draw(message: TileMessage): Drawn {
    if (message.number === 0) this.#state.forEach((state, cell) => (this.#state[cell] = Math.min(state, 1)));
    else if (this.#expected === 'lost') return [];
    else if (this.#expected === 'begin' || message.number > this.#expected) return this.#lost();
    // It came twice.
    else if (message.number < this.#expected) return [];
    if (!this.#drawNext(message)) return this.#lost();
    this.#expected = message.number + 1;
    const cells = message.tiles.flatMap((tile) => Array.from({ length: cellsOf(tile) }, (_, n) => tile.cell + n));
    for (const rect of boxes(this.grid, cells)) this.#copy(this.#next, rect, this.pixels, rect.x, rect.y);
    for (const cell of cells) {
      this.#stamps[cell] = message.stamp;
      this.#state[cell] = 2;
    }
    return cells;
  }

  #lost(): 'missing' {
    this.#expected = 'lost';
    return 'missing';
  }

  /** Draws what the message draws, beside the sheet. Whether all that it refers to is there. */
  #drawNext({ tiles, vectors }: TileMessage): boolean {
    const { grid } = this;
    const vector = (from: number) => (from === 0 ? { dx: 0, dy: 0 } : vectors[from - 1]);
    const draw = (rect: Rect, shows: Parameters<typeof paint>[0] | { from: number }) => {
      if (!('encoding' in shows)) return this.#keep(rect, vector(shows.from));
      paint(shows, rect, this.#next, grid.width);
      return true;
    };
    return tiles.every(({ cell, shows }) => {
      if ('cells' in shows) {
        const cells = Array.from({ length: shows.cells }, (_, n) => cell + n);
        return boxes(grid, cells).every((rect) => draw(rect, shows));
      }
      const box = grid.box(cell);
      if (!draw(box, shows)) return false;
      const patches = 'patches' in shows ? shows.patches : [];
      return patches.every(({ fill, ...patch }) => draw({ ...patch, x: box.x + patch.x, y: box.y + patch.y }, fill));
    });
  }

  /** Takes a part from the sheet as it is. Whether all of it was drawn since the sheet began. */
  #keep(rect: Rect, vector: Vector | undefined): boolean {
    if (!vector) return false;
    const { width, height } = this.grid;
    const [x, y] = [rect.x + vector.dx, rect.y + vector.dy];
    const inside = (at: number, size: number) => Math.min(Math.max(at, 0), size);
    const [left, right] = [inside(x, width), inside(x + rect.width, width)];
    const [top, bottom] = [inside(y, height), inside(y + rect.height, height)];
    const source = { x: left, y: top, width: right - left, height: bottom - top };
    if (source.width < rect.width || source.height < rect.height) {
      // What lies outside of the picture is black.
      for (let row = rect.y; row < rect.y + rect.height; row += 1) {
        this.#next.fill(OPAQUE, row * width + rect.x, row * width + rect.x + rect.width);
      }
      if (source.width === 0 || source.height === 0) return true;
    }
    for (let row = Math.floor(top / CELL); row * CELL < bottom; row += 1) {
      for (let column = Math.floor(left / CELL); column * CELL < right; column += 1) {
        if (this.#state[row * this.grid.columns + column] !== 2) return false;
      }
    }
    this.#copy(this.pixels, source, this.#next, rect.x + left - x, rect.y + top - y);
    return true;
  }

  #copy(from: Uint32Array, source: Rect, to: Uint32Array, x: number, y: number): void {
    const stride = this.grid.width;
    if (source.width === stride && x === 0) {
      to.set(from.subarray(source.y * stride, (source.y + source.height) * stride), y * stride);
      return;
    }
    for (let row = 0; row < source.height; row += 1) {
      const start = (source.y + row) * stride + source.x;
      to.set(from.subarray(start, start + source.width), (y + row) * stride + x);
    }
  }
}

/** Rectangles that hold these cells, ascending, and no others; as few as rows and columns make easy. */
export function boxes(grid: Grid, cells: readonly number[]): Rect[] {
  const lines: Rect[] = [];
  let last: { rect: Rect; next: number } | undefined;
  for (const cell of cells) {
    const box = grid.box(cell);
    if (last?.next === cell && last.rect.y === box.y) {
      last.rect.width += box.width;
      last.next += 1;
    } else {
      last = { rect: box, next: cell + 1 };
      lines.push(box);
    }
  }
  const tall: Rect[] = [];
  for (const line of lines) {
    const above = tall.find(({ x, y, width, height }) => x === line.x && width === line.width && y + height === line.y);
    if (above) above.height += line.height;
    else tall.push(line);
  }
  return tall;
}
