/** A link as a QR code, as one path of an SVG picture. */

import { encode } from 'uqr';

export interface Qr {
  /** Edge of the picture in its own units, with the quiet zone that cameras need. */
  size: number;
  path: string;
}

export function qrOf(text: string): Qr {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  let path = '';
  data.forEach((row, y) =>
    row.forEach((dark, x) => {
      if (dark) path += `M${x} ${y}h1v1h-1z`;
    }),
  );
  return { size, path };
}
