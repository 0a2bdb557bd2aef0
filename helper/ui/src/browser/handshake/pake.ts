/**
 * The helper's half of SPAKE2 over Ed25519 (side B of the crate `spake2` 0.4, which is that of python-spake2), and the
 * MACs keyed by its result. Arithmetic is `@noble/curves`'.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import * as bytes from './bytes';
import { Malformed, same } from './encode';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

/** Blinds side A; nobody knows its logarithm. */
const M = Point.fromBytes(hexToBytes('15cfd18e385952982b6a8f8c7854963b58e34388c8e6dae891db756481a02312'));
/** Blinds side B. */
const N = Point.fromBytes(hexToBytes('f04f2e7eb734b2a8f8b472eaf9c3c632576ac64aea650b496a8a20ff00e583c3'));

const SIDE_A = 0x41;
const SIDE_B = 0x42;

const utf8 = new TextEncoder();

/** Random bytes of which one scalar is made. */
export const SCALAR_BYTES = 64;
/** A share: the side and a group element. */
export const SHARE_BYTES = 33;

function littleEndian(from: Uint8Array): bigint {
  return from.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) % ORDER;
}

/** The password as a scalar: HKDF-SHA256 to 48 bytes, read big-endian. */
function passwordScalar(password: Uint8Array): bigint {
  return littleEndian(hkdf(sha256, password, new Uint8Array(), utf8.encode('SPAKE2 pw'), 48).reverse());
}

/** The helper's half, begun. */
export class Pake {
  readonly #password: Uint8Array;
  readonly #secret: bigint;
  readonly #identities: readonly [Uint8Array, Uint8Array];
  /** What goes to the other end. */
  readonly share: Uint8Array;

  constructor(secret: string, session: string, console: Uint8Array, helper: Uint8Array, random: Uint8Array) {
    this.#password = utf8.encode(secret);
    this.#secret = littleEndian(random);
    this.#identities = [bytes.pakeIdentity('console', session, console), bytes.pakeIdentity('helper', session, helper)];
    const element = Point.BASE.multiply(this.#secret).add(N.multiply(passwordScalar(this.#password)));
    this.share = Uint8Array.of(SIDE_B, ...element.toBytes());
  }

  /** Takes the other end's share; throws when it is none. */
  finish(share: Uint8Array): PakeKey {
    if (share.length !== SHARE_BYTES || share[0] !== SIDE_A) throw new Malformed();
    const theirs = share.subarray(1);
    let element;
    try {
      element = Point.fromBytes(theirs);
    } catch {
      throw new Malformed();
    }
    const plain = element.subtract(M.multiply(passwordScalar(this.#password)));
    const key = plain.multiply(this.#secret);
    const hash = sha256.create().update(sha256(this.#password));
    for (const identity of this.#identities) hash.update(sha256(identity));
    return new PakeKey(hash.update(theirs).update(this.share.subarray(1)).update(key.toBytes()).digest());
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
