/** A PNG file as the relay takes it; it checks the rest. */

import { LOGO_BYTES } from '../protocol/limit';

export async function logoOf(file: File): Promise<string | null> {
  if (file.size > LOGO_BYTES) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (!png.every((byte, at) => bytes[at] === byte)) return null;
  return btoa(String.fromCharCode(...bytes));
}
