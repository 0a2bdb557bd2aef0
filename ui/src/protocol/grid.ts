/** The cells a picture is divided into, as `deskhand_protocol::call::picture` does: in rows from its upper left corner. */

/** Edge of a cell in pixels. */
export const CELL = 64;

/** Part of a picture, in pixels. */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The smallest rectangle around some. */
export function around(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x));
  const y = Math.min(...rects.map((rect) => rect.y));
  const right = Math.max(...rects.map((rect) => rect.x + rect.width));
  const bottom = Math.max(...rects.map((rect) => rect.y + rect.height));
  return { x, y, width: right - x, height: bottom - y };
}

/** The cells of a picture of some size. */
export class Grid {
  readonly columns: number;
  readonly rows: number;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.columns = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
  }

  get cells(): number {
    return this.columns * this.rows;
  }

  /** Where a cell lies, in pixels. */
  box(cell: number): Rect {
    const x = (cell % this.columns) * CELL;
    const y = Math.floor(cell / this.columns) * CELL;
    return { x, y, width: Math.min(CELL, this.width - x), height: Math.min(CELL, this.height - y) };
  }
}
