/** How a customer finds his technician, as `deskhand_protocol::code` writes it: half for the relay, half it never sees. */

import { toBase64 } from '../../../../server-lite/link/page/encode';

/** Crockford's base 32: no I, L, O or U, so that a code can be read out on the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SPOKEN_HALF = 4;
const LINK_FINDER = 16;
const LINK_SECRET = 26;

/** Both halves of an invitation. */
export interface Invitation {
  finder: string;
  secret: string;
}

/** Writes bytes in the alphabet, five bits a character, zero bits at the end. */
export function encode(bytes: Uint8Array, chars: number): string {
  const bit = (at: number) => ((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1;
  return Array.from({ length: chars }, (_, index) => {
    const value = [0, 1, 2, 3, 4].reduce((value, n) => (value << 1) | bit(index * 5 + n), 0);
    return ALPHABET[value] ?? '0';
  }).join('');
}

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** Makes a spoken code of 40 random bits. */
export function spoken(bytes: Uint8Array = random(5)): Invitation {
  const code = encode(bytes, 2 * SPOKEN_HALF);
  return { finder: code.slice(0, SPOKEN_HALF), secret: code.slice(SPOKEN_HALF) };
}

/** Makes the invitation of a link: 80 bits to find it, 128 bits of secret. */
export function link(finder: Uint8Array = random(10), secret: Uint8Array = random(16)): Invitation {
  return { finder: encode(finder, LINK_FINDER), secret: encode(secret, LINK_SECRET) };
}

/** A spoken code as it was typed; `null` when it is none. */
export function parseSpoken(text: string): Invitation | null {
  const signs = text.toUpperCase().replace(/[-\s]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (signs.length !== 2 * SPOKEN_HALF || [...signs].some((sign) => !ALPHABET.includes(sign))) return null;
  return { finder: signs.slice(0, SPOKEN_HALF), secret: signs.slice(SPOKEN_HALF) };
}

export const toSpoken = ({ finder, secret }: Invitation) => `${finder}-${secret}`;

/** The secret stands behind `#`, which browsers do not send. */
export const toLink = ({ finder, secret }: Invitation, relay: string) => `${relay}/s/${finder}#${secret}`;

/** What the relay stores and compares. */
export async function digest(finder: string): Promise<string> {
  const bytes = new TextEncoder().encode(`deskhand/finder/v1\0${finder}`);
  return toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
