/** How keys, nonces and ids stand on the wire: unpadded base64url, and UUIDs in their hyphened form. */

/** A text from outside is not what it should be. */
export class Malformed extends Error {}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Writes bytes. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = bytes.subarray(at, at + 3);
    const value = ((three[0] ?? 0) << 16) | ((three[1] ?? 0) << 8) | (three[2] ?? 0);
    for (let sign = 0; sign <= three.length; sign += 1) text += ALPHABET[(value >> (18 - 6 * sign)) & 63];
  }
  return text;
}

/** Reads exactly `length` bytes; bits that mean nothing must be zero, so that nothing is written in two ways. */
export function fromBase64(text: unknown, length: number): Uint8Array {
  if (typeof text !== 'string' || text.length !== Math.ceil((length * 8) / 6)) throw new Malformed();
  const bytes = new Uint8Array(length);
  let value = 0;
  let bits = 0;
  let at = 0;
  for (const sign of text) {
    const six = ALPHABET.indexOf(sign);
    if (six < 0) throw new Malformed();
    value = ((value << 6) | six) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at] = (value >> bits) & 0xff;
      at += 1;
    }
  }
  if ((value & ((1 << bits) - 1)) !== 0) throw new Malformed();
  return bytes;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id as the relay and the console write it. */
export function id(text: unknown): string {
  if (typeof text !== 'string' || !UUID.test(text)) throw new Malformed();
  return text;
}

/** The sixteen bytes of an id. */
export function idBytes(text: string): Uint8Array {
  const digits = id(text).replaceAll('-', '');
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}

/** Makes the id of something that is stored: by its time first (UUIDv7). */
export function newId(now: number, random: Uint8Array): string {
  const bytes = random.slice(0, 16);
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 0xff;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether two byte strings of the same meaning are the same; as long for one difference as for many. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let differ = 0;
  for (let at = 0; at < one.length; at += 1) differ |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return differ === 0;
}
