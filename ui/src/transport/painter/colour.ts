/** From coded colour to red, green and blue, as the picture itself signals it. */

/** What WebGL needs of it: `matrix * (coded - zero)`, everything from 0 to 1, columns of the matrix one after another. */
export interface Conversion {
  matrix: number[];
  zero: [number, number, number];
}

/** Shares of red and blue in luma. What is not signalled is BT.709, which is what the helper writes. */
const SHARES: Record<string, readonly [number, number]> = {
  bt709: [0.2126, 0.0722],
  smpte170m: [0.299, 0.114],
  bt470bg: [0.299, 0.114],
  'bt2020-ncl': [0.2627, 0.0593],
};

export function conversion(space: Pick<VideoColorSpace, 'matrix' | 'fullRange'>): Conversion {
  const [kr, kb] = SHARES[space.matrix ?? 'bt709'] ?? [0.2126, 0.0722];
  const full = space.fullRange === true;
  const luma = full ? 1 : 255 / 219;
  const chroma = full ? 1 : 255 / 224;
  const kg = 1 - kr - kb;
  const red = 2 * (1 - kr) * chroma;
  const blue = 2 * (1 - kb) * chroma;
  return {
    matrix: [luma, luma, luma, 0, (-blue * kb) / kg, blue, red, (-red * kr) / kg, 0],
    zero: [full ? 0 : 16 / 255, 128 / 255, 128 / 255],
  };
}
