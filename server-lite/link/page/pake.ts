/**
 * SPAKE2 over Ed25519 (that of the crate `spake2` 0.4, which is that of python-spake2): the console is side A, the helper
 * side B. And the MACs keyed by its result. Arithmetic is `@noble/curves`'.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import * as bytes from './bytes';
import { Malformed, same } from './encode';
import { SHARE_BYTES } from './signal';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/** Blinds side A; nobody knows its logarithm. */
const M = Point.fromBytes(hexToBytes('15cfd18e385952982b6a8f8c7854963b58e34388c8e6dae891db756481a02312'));
/** Blinds side B. */
const N = Point.fromBytes(hexToBytes('f04f2e7eb734b2a8f8b472eaf9c3c632576ac64aea650b496a8a20ff00e583c3'));

/** What each side blinds with, and how its shares begin. */
const SIDES = {
  console: { blind: M, mark: 0x41 },
  helper: { blind: N, mark: 0x42 },
} as const;

const utf8 = new TextEncoder();

/** Random bytes of which one scalar is made. */
export const SCALAR_BYTES = 64;

function littleEndian(from: Uint8Array): bigint {
  return from.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % ORDER;
}

/** The password as a scalar: HKDF-SHA256 to 48 bytes, read big-endian. */
function passwordScalar(password: Uint8Array): bigint {
  return littleEndian(hkdf(sha256, password, new Uint8Array(), utf8.encode('SPAKE2 pw'), 48).reverse());
}

/** One half, begun. */
export class Pake {
  readonly #role: bytes.Role;
  readonly #password: Uint8Array;
  readonly #secret: bigint;
  readonly #identities: readonly [Uint8Array, Uint8Array];
  /** What goes to the other end. */
  readonly share: Uint8Array;

  constructor(
    role: bytes.Role,
    secret: string,
    session: string,
    console: Uint8Array,
    helper: Uint8Array,
    random: Uint8Array,
  ) {
    this.#role = role;
    this.#password = utf8.encode(secret);
    this.#secret = littleEndian(random);
    this.#identities = [bytes.pakeIdentity('console', session, console), bytes.pakeIdentity('helper', session, helper)];
    const { blind, mark } = SIDES[role];
    const element = Point.BASE.multiply(this.#secret).add(blind.multiply(passwordScalar(this.#password)));
    this.share = Uint8Array.of(mark, ...element.toBytes());
  }

  /** Takes the other end's share; throws when it is none. */
  finish(share: Uint8Array): PakeKey {
    const other = SIDES[this.#role === 'console' ? 'helper' : 'console'];
    if (share.length !== SHARE_BYTES || share[0] !== other.mark) throw new Malformed();
    const theirs = share.subarray(1);
    let element;
    try {
      element = Point.fromBytes(theirs);
    } catch {
      throw new Malformed();
    }
    const plain = element.subtract(other.blind.multiply(passwordScalar(this.#password)));
    const key = plain.multiply(this.#secret);
    const hash = sha256.create().update(sha256(this.#password));
    for (const identity of this.#identities) hash.update(sha256(identity));
    const own = this.share.subarray(1);
    const [first, second] = this.#role === 'console' ? [own, theirs] : [theirs, own];
    return new PakeKey(hash.update(first).update(second).update(key.toBytes()).digest());
  }
}

/** What both ends share if, and only if, they had the same secret. It never leaves this object. */
export class PakeKey {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** One end's MAC over the transcript. */
  mac(role: bytes.Role, transcript: Uint8Array): Uint8Array {
    return hmac(sha256, hkdf(sha256, this.#key, transcript, bytes.macLabel(role), 32), transcript);
  }

  /** Whether the other end made this MAC. */
  accepts(role: bytes.Role, transcript: Uint8Array, mac: Uint8Array): boolean {
    return same(this.mac(role, transcript), mac);
  }
}
