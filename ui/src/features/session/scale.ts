/** How large the picture is shown, and where, so that its pixels fall on pixels of this screen. */

/** All of it in its room, or so many percent: at 100 a pixel of the picture is a pixel of this screen. */
export type Scale = 'fit' | number;

/** Those that can be chosen, in percent. */
export const ZOOMS = [25, 50, 75, 100, 125, 150, 200, 300, 400] as const;

/** The next one up or down; what fits counts as it is shown at 1:1. */
export function zoomed(scale: Scale, step: 1 | -1): Scale {
  const now = scale === 'fit' ? 100 : scale;
  const next = step > 0 ? ZOOMS.find((zoom) => zoom > now) : ZOOMS.findLast((zoom) => zoom < now);
  return next ?? now;
}

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
  if (scale !== 'fit') return (actual * scale) / 100;
  const fit = Math.min(room.width / picture.width, room.height / picture.height);
  return fit < actual ? fit : Math.floor(fit / actual) * actual;
}

/** Where the picture lies in the room. */
export interface Layout {
  /** Relative to the room. */
  box: Box;
  /** What is drawn, in pixels; what is shown larger than it is, is enlarged only on the screen. */
  canvas: Area;
  /** Whether each pixel of the picture is so many whole pixels of this screen. */
  whole: boolean;
  /** Page pixels per picture pixel. */
  factor: number;
}

/** In the middle of the room, or from its corner where it does not fit; always on whole pixels of this screen. */
export function layout(scale: Scale, picture: Area, room: Box, pixelRatio: number): Layout {
  const factor = pageScale(scale, picture, room, pixelRatio);
  const device = (size: number) => Math.max(1, Math.round(size * factor * pixelRatio));
  const shown = { width: device(picture.width), height: device(picture.height) };
  const box = { width: shown.width / pixelRatio, height: shown.height / pixelRatio };
  const canvas = {
    width: Math.min(shown.width, picture.width),
    height: Math.min(shown.height, picture.height),
  };
  const offset = (start: number, outer: number, inner: number) => {
    const at = start + Math.max(0, (outer - inner) / 2);
    return Math.round(at * pixelRatio) / pixelRatio - start;
  };
  const left = offset(room.left, room.width, box.width);
  const top = offset(room.top, room.height, box.height);
  const whole = shown.width % picture.width === 0 && shown.height % picture.height === 0;
  return { box: { left, top, ...box }, canvas, whole, factor: box.width / picture.width };
}
