/** How large the picture is shown. */

export type Scale = 'fit' | 'actual';

export interface Area {
  width: number;
  height: number;
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
