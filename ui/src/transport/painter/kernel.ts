/**
 * The weights by which a line of pixels is made shorter: Lanczos with two lobes, widened by the factor, which keeps
 * letters sharp and averages everything that a target pixel covers.
 */

const LOBES = 2;

export interface Kernel {
  /** Source pixels that make one target pixel. */
  taps: number;
  /** `target` columns in `taps + 1` rows: the first source pixel of each, then its weights. */
  table: Float32Array<ArrayBuffer>;
}

/** Weights from `source` to fewer `target` pixels. A target's weights add up to one; pixels outside are left out. */
export function shrinking(source: number, target: number): Kernel {
  const ratio = source / target;
  const taps = Math.ceil(2 * LOBES * ratio) + 1;
  const table = new Float32Array(target * (taps + 1));
  for (let column = 0; column < target; column += 1) {
    const centre = (column + 0.5) * ratio;
    const first = Math.ceil(centre - LOBES * ratio - 0.5);
    table[column] = first;
    const weights = Array.from({ length: taps }, (_, tap) => {
      const at = first + tap;
      return at < 0 || at >= source ? 0 : lanczos((at + 0.5 - centre) / ratio);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights.forEach((weight, tap) => (table[(tap + 1) * target + column] = weight / sum));
  }
  return { taps, table };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}
