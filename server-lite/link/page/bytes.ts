/**
 * Every byte string of the handshake that is hashed, signed or authenticated, as `deskhand_link::handshake::bytes` has
 * it: a label first, each field preceded by its length as four bytes, big-endian.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { idBytes } from './encode';
import type { Introduction, Knowing } from './signal';

/** Which session and which run: in every byte string, so that none serves elsewhere. */
export interface RunKey {
  session: string;
  run: string;
}

/** One end as the run fixes it. */
export interface Party {
  key: Uint8Array;
  nonce: Uint8Array;
}

/** A run whose two ends are fixed. */
export interface Parties {
  run: RunKey;
  console: Party;
  helper: Party;
}

export type Role = 'console' | 'helper';

/** What both ends prove that they have seen alike. */
export interface Transcript extends Parties {
  /** Of the console, then of the helper. */
  versions: readonly [number, number];
  /** As the console greeted, then as the helper answered. */
  knowing: readonly [Knowing, Knowing];
  /** The PAKE shares, console first; absent when both keys were pinned. */
  shares: readonly [Uint8Array, Uint8Array] | null;
  introduction: Introduction;
}

const utf8 = new TextEncoder();

/** A byte string being built. */
class Bytes {
  readonly #parts: Uint8Array[] = [];

  constructor(label: string) {
    this.text(label);
  }

  field(bytes: Uint8Array): this {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    this.#parts.push(length, bytes);
    return this;
  }

  text(text: string): this {
    return this.field(utf8.encode(text));
  }

  number(number: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, number);
    return this.field(bytes);
  }

  optional(bytes: Uint8Array | undefined): this {
    return bytes ? this.field(Uint8Array.of(1)).field(bytes) : this.field(Uint8Array.of(0));
  }

  list(words: readonly string[]): this {
    this.number(words.length);
    for (const word of words) this.text(word);
    return this;
  }

  run({ session, run }: RunKey): this {
    return this.field(idBytes(session)).field(idBytes(run));
  }

  parties({ run, console, helper }: Parties): this {
    return this.run(run).field(console.key).field(helper.key).field(console.nonce).field(helper.nonce);
  }

  end(): Uint8Array {
    const whole = new Uint8Array(this.#parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

export function transcript(of: Transcript): Uint8Array {
  const bytes = new Bytes('deskhand/handshake/transcript/v1')
    .number(of.versions[0])
    .number(of.versions[1])
    .parties(of)
    .optional(of.shares?.[0])
    .optional(of.shares?.[1])
    .text(of.knowing[0])
    .text(of.knowing[1])
    .text(of.introduction.name)
    .text(of.introduction.company)
    .number(of.introduction.relay_pins.length);
  for (const pin of of.introduction.relay_pins) bytes.field(pin);
  // The count of pins is before this: one field more is no other list of them.
  if (of.introduction.seat) bytes.text(of.introduction.seat).optional(of.introduction.certificate ?? undefined);
  else if (of.introduction.certificate) bytes.field(of.introduction.certificate);
  return bytes.end();
}

/** What an end's signature of its proof covers. */
export function proof(role: Role, transcript: Uint8Array): Uint8Array {
  const label = role === 'console' ? 'deskhand/handshake/reveal/v1' : 'deskhand/handshake/confirm/v1';
  return new Bytes(label).field(transcript).end();
}

/** The label under which the MAC key of one direction is derived from the PAKE's key. */
export function macLabel(role: Role): Uint8Array {
  return utf8.encode(`deskhand/handshake/mac/${role}/v1`);
}

/** What binds the console to key and nonce before it sees the helper's. */
export function commitment(run: string, console: Party): Uint8Array {
  const bytes = new Bytes('deskhand/handshake/commitment/v1').field(idBytes(run));
  return sha256(bytes.field(console.key).field(console.nonce).end());
}

/** One end's identity in the PAKE. */
export function pakeIdentity(role: Role, session: string, key: Uint8Array): Uint8Array {
  return new Bytes(`deskhand/handshake/pake/${role}/v1`).field(idBytes(session)).field(key).end();
}

/** What the words are made of. */
export function words(parties: Parties): Uint8Array {
  return new Bytes('deskhand/handshake/words/v1').parties(parties).end();
}

export function ask(parties: Parties, nonce: Uint8Array, capabilities: string[], codecs: string[]): Uint8Array {
  return new Bytes('deskhand/call/ask/v1').parties(parties).field(nonce).list(capabilities).list(codecs).end();
}

export function decline(parties: Parties, nonce: Uint8Array, reason: string): Uint8Array {
  return new Bytes('deskhand/call/decline/v1').parties(parties).field(nonce).text(reason).end();
}

/** An offer or an answer. */
export function description(
  kind: 'offer' | 'answer',
  parties: Parties,
  nonce: Uint8Array,
  generation: number,
  sdp: string,
): Uint8Array {
  return new Bytes(`deskhand/call/${kind}/v1`).parties(parties).field(nonce).number(generation).text(sdp).end();
}

export function mend(parties: Parties, nonce: Uint8Array, generation: number): Uint8Array {
  return new Bytes('deskhand/call/mend/v1').parties(parties).field(nonce).number(generation).end();
}

export function bye(parties: Parties, role: Role, reason: string): Uint8Array {
  return new Bytes(`deskhand/call/bye/${role}/v1`).parties(parties).text(reason).end();
}

/** The bytes that an end signs to prove its key to a relay; see `deskhand_protocol::relay::proof_bytes`. */
export function relayProof(relay: Uint8Array, relayNonce: Uint8Array, ownNonce: Uint8Array): Uint8Array {
  const label = utf8.encode('deskhand/relay-proof/helper/v1\0');
  const whole = new Uint8Array(label.length + 96);
  whole.set(label);
  for (const [at, part] of [relay, relayNonce, ownNonce].entries()) whole.set(part, label.length + 32 * at);
  return whole;
}
