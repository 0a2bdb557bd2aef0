/** How large the picture is shown, and where, so that its pixels fall on pixels of this screen. */

export type Scale = 'fit' | 'actual';

export interface Area {
  width: number;
  height: number;
}

/** A place on the page, in page pixels. */
export interface Box extends Area {
  left: number;
  top: number;
}

/**
 * Page pixels per picture pixel. At 1:1 a picture pixel is a pixel of this screen, so that text stays as sharp as it
 * is there. A picture that fits is never enlarged to a blur: only by whole factors of this screen's pixels.
 */
export function pageScale(scale: Scale, picture: Area, room: Area, pixelRatio: number): number {
  const actual = 1 / pixelRatio;
  if (scale === 'actual') return actual;
  const fit = Math.min(room.width / picture.width, room.height / picture.height);
  return fit < actual ? fit : Math.floor(fit / actual) * actual;
}

/** Where the picture lies in the room. */
export interface Layout {
  /** Relative to the room. */
  box: Box;
  /** Size in pixels of this screen. */
  canvas: Area;
  /** Page pixels per picture pixel. */
  factor: number;
}

/** In the middle of the room, or from its corner where it does not fit; always on whole pixels of this screen. */
export function layout(scale: Scale, picture: Area, room: Box, pixelRatio: number): Layout {
  const factor = pageScale(scale, picture, room, pixelRatio);
  const device = (size: number) => Math.max(1, Math.round(size * factor * pixelRatio));
  const canvas = { width: device(picture.width), height: device(picture.height) };
  const box = { width: canvas.width / pixelRatio, height: canvas.height / pixelRatio };
  const offset = (start: number, outer: number, inner: number) => {
    const at = start + Math.max(0, (outer - inner) / 2);
    return Math.round(at * pixelRatio) / pixelRatio - start;
  };
  const left = offset(room.left, room.width, box.width);
  const top = offset(room.top, room.height, box.height);
  return { box: { left, top, ...box }, canvas, factor: box.width / picture.width };
}
