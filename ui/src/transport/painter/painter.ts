/**
 * What puts a picture together and shows it. Two of them do the same: `webgl2` where there is WebGL 2, `canvas2d`
 * where there is not. Neither decides anything: what is exact is said to it.
 *
 * The composed picture has the size of the customer's monitor, a pixel for a pixel, with the video under the exact
 * cells; only then is it scaled to the canvas. So there is no seam between both at any scale.
 */

import type { Rect } from '../../protocol/grid';
import type { Placed } from '../exact';

export interface Painter {
  readonly kind: 'webgl2' | '2d';
  /** Called when the graphics card was lost and is back: nothing of the picture is left. */
  renewed: (() => void) | null;
  /** A picture of this size begins: black, nothing exact. */
  begin(width: number, height: number): void;
  /** These cells are to show video again, from the next picture on. */
  drop(cells: 'all' | number[]): void;
  /**
   * Takes a picture, which may be closed once this is done. What it returns draws the picture under the exact cells,
   * and is called at once or, where taking needs time, a moment later.
   */
  video(picture: VideoFrame): Draw | Promise<Draw>;
  /** Puts exact cells over the video. */
  place(placed: Placed): void;
  /** The canvas' size in pixels of the screen. */
  room(width: number, height: number): void;
  /**
   * Shows the composed picture, or only the part that changed. `rough`: quickly, and to be made sharp by
   * {@link settle} once the picture rests.
   */
  present(part: Rect | null): 'rough' | 'sharp';
  settle(): void;
  /** Wipes everything, so that nothing of the picture is left in memory that can be seen. */
  clear(): void;
  /** Pixels of the composed picture, red first, rows from the top; `null` outside of it. */
  read(x: number, y: number, width: number, height: number): Uint8ClampedArray<ArrayBuffer> | null;
}

/** Draws what was taken, or only a part of it: what is exact all around needs no video. */
export type Draw = (part: Rect | null) => void;

/**
 * The part of a decoded picture that is the monitor's. A codec may pad to an even size: that is cut off. A picture that
 * was made smaller for the way is stretched.
 */
export function shown(picture: Pick<VideoFrame, 'displayWidth' | 'displayHeight'>, width: number, height: number) {
  const whole = picture.displayWidth >= width && picture.displayHeight >= height;
  return whole
    ? { width, height, stretched: false }
    : { width: picture.displayWidth, height: picture.displayHeight, stretched: true };
}
