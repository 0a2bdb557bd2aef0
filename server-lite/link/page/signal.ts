/**
 * The signals of the handshake as they pass the relay (`deskhand_protocol::call::signal`). What comes from outside is
 * checked field by field; unknown fields are ignored, as the other end does.
 */

import { fromBase64, id, Malformed, toBase64 } from './encode';

/** Version of every message. */
export const PROTOCOL_VERSION = 1;
/** A share of the PAKE: the side and a group element. */
export const SHARE_BYTES = 33;
/** One signal in its JSON form, in bytes. */
export const SIGNAL_LIMIT = 48 * 1024;
/** A session description in bytes. */
export const SDP_LIMIT = 32 * 1024;
/** Capabilities, or codecs, named in one list. */
export const LIST_LIMIT = 32;
/** A company's certificate in bytes: two names and some keys are below that. */
const CERTIFICATE_LIMIT = 2 * 1024;
/** A name in characters. */
const NAME_CHARS = 120;
/** Wrong codes after which no other is heard. */
export const PAKE_FAILURES = 3;

export type Knowing = 'spoken' | 'link' | 'pinned';

export type RefuseReason =
  | 'version'
  | 'wrong_code'
  | 'too_many_wrong_codes'
  | 'key_changed'
  | 'bad_proof'
  | 'relay_certificate'
  | 'not_certified'
  | 'no_reply';

export type DeclineReason = 'denied' | 'no_answer' | 'nothing_to_grant' | 'busy' | 'paused';

export type EndReason =
  | 'customer_ended'
  | 'technician_ended'
  | 'expired'
  | 'too_many_wrong_codes'
  | 'hard_end'
  | 'idle_end'
  | 'reported'
  | 'key_changed'
  | 'interrupted';

/** How a picture can be encoded. */
export type VideoCodec = 'av1' | 'h264' | 'vp9' | 'vp8';

/** Who the technician says he is. */
export interface Introduction {
  name: string;
  company: string;
  relay_pins: Uint8Array[];
  /** What his company's key says of him. A page knows no company and does not judge it; it is part of the proof. */
  certificate: Uint8Array | null;
  /** Where he sits; a program of his own when it is not said. */
  seat: 'browser' | null;
}

/** What the technician wants: what it names is his word only, also where this version does not know it. */
export interface Ask {
  capabilities: Capability[];
  codecs: VideoCodec[];
}

export type FromConsole =
  | { type: 'greet'; run: string; version: number; key: Uint8Array; commitment: Uint8Array; knowing: Knowing }
  | {
      type: 'reveal';
      run: string;
      nonce: Uint8Array;
      share: Uint8Array | null;
      introduction: Introduction;
      signature: Uint8Array;
      mac: Uint8Array | null;
    }
  | { type: 'refuse'; run: string; reason: RefuseReason }
  | { type: 'ask'; run: string; ask: Ask; nonce: Uint8Array; signature: Uint8Array }
  | { type: 'answer'; run: string; nonce: Uint8Array; generation: number; sdp: string; signature: Uint8Array }
  | { type: 'mend'; run: string; nonce: Uint8Array; generation: number; signature: Uint8Array }
  | { type: 'bye'; run: string; reason: EndReason; signature: Uint8Array }
  /** One that only a helper sends: it came back. */
  | { type: 'own'; run: string };

type Object_ = Record<string, unknown>;

export function object(value: unknown): Object_ {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Malformed();
  return value as Object_;
}

export function text(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length > 4 * most || Array.from(value).length > most) throw new Malformed();
  return value;
}

/** Controls, and marks that turn the reading direction or cannot be seen; as `deskhand_protocol::text` has it. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const FORBIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

/** Text for a person, of at most so many characters. */
export function plain(value: unknown, most: number = NAME_CHARS): string {
  const whole = text(value, most);
  if (FORBIDDEN.test(whole)) throw new Malformed();
  return whole;
}

export function whole(value: unknown, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw new Malformed();
  return value;
}

export function oneOf<T extends string>(value: unknown, all: readonly T[]): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw new Malformed();
  return found;
}

function words<T extends string>(value: unknown, all: readonly T[]): T[] {
  if (!Array.isArray(value)) throw new Malformed();
  return value.map((one) => oneOf(one, all));
}

export const KNOWING = ['spoken', 'link', 'pinned'] as const;
export const REFUSALS = [
  'version',
  'wrong_code',
  'too_many_wrong_codes',
  'key_changed',
  'bad_proof',
  'relay_certificate',
  'not_certified',
  'no_reply',
] as const;
const ENDS = [
  'customer_ended',
  'technician_ended',
  'expired',
  'too_many_wrong_codes',
  'hard_end',
  'idle_end',
  'reported',
  'key_changed',
  'interrupted',
] as const;
export const CODECS = ['av1', 'h264', 'vp9', 'vp8'] as const;
export const CAPABILITIES = [
  'view',
  'control',
  'point',
  'clipboard-in',
  'clipboard-out',
  'files-in',
  'files-out',
  'lock',
  'sign-out',
  'restart',
  'task-manager',
  'system-info',
  'terminal',
  'audio',
  'record',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export const endReason = (value: unknown): EndReason => oneOf(value, ENDS);

/** Bytes, or none. */
export const maybe = (value: unknown, length: number): Uint8Array | null =>
  value === null || value === undefined ? null : fromBase64(value, length);

const SEATS = ['browser'] as const;

function certificate(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  const written = text(value, CERTIFICATE_LIMIT * 2);
  return fromBase64(written, Math.floor((written.length * 6) / 8));
}

/** Reads one signal; throws {@link Malformed}. */
export function readSignal(json: string): FromConsole {
  if (json.length > SIGNAL_LIMIT) throw new Malformed();
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Malformed();
  }
  const value = object(parsed);
  const run = id(value.run);
  const nonce = (): Uint8Array => fromBase64(value.nonce, 32);
  const signature = (): Uint8Array => fromBase64(value.signature, 64);
  const generation = (): number => whole(value.generation, 0xffff_ffff);
  switch (value.type) {
    case 'greet': {
      const [key, commitment] = [fromBase64(value.key, 32), fromBase64(value.commitment, 32)];
      return {
        type: 'greet',
        run,
        version: whole(value.version, 0xffff),
        key,
        commitment,
        knowing: oneOf(value.knowing, KNOWING),
      };
    }
    case 'reveal': {
      const introduction = object(value.introduction);
      if (!Array.isArray(introduction.relay_pins)) throw new Malformed();
      return {
        type: 'reveal',
        run,
        nonce: nonce(),
        share: maybe(value.share, SHARE_BYTES),
        introduction: {
          name: plain(introduction.name),
          company: plain(introduction.company),
          relay_pins: introduction.relay_pins.map((pin) => fromBase64(pin, 32)),
          certificate: certificate(introduction.certificate),
          seat: introduction.seat === undefined || introduction.seat === null ? null : oneOf(introduction.seat, SEATS),
        },
        signature: signature(),
        mac: maybe(value.mac, 32),
      };
    }
    case 'refuse':
      return { type: 'refuse', run, reason: oneOf(value.reason, REFUSALS) };
    case 'ask': {
      const ask = object(value.ask);
      const [capabilities, codecs] = [words(ask.capabilities, CAPABILITIES), words(ask.codecs, CODECS)];
      return { type: 'ask', run, ask: { capabilities, codecs }, nonce: nonce(), signature: signature() };
    }
    case 'answer': {
      if (typeof value.sdp !== 'string') throw new Malformed();
      return { type: 'answer', run, nonce: nonce(), generation: generation(), sdp: value.sdp, signature: signature() };
    }
    case 'mend':
      return { type: 'mend', run, nonce: nonce(), generation: generation(), signature: signature() };
    case 'bye':
      return { type: 'bye', run, reason: endReason(value.reason), signature: signature() };
    case 'present':
    case 'confirm':
    case 'decline':
    case 'offer':
      return { type: 'own', run };
    default:
      throw new Malformed();
  }
}

/** What stands in a signal: bytes as they stand on the wire. */
export type Field = string | number | null | Uint8Array | object;

/** Writes one signal. */
export function writeSignal(type: string, run: string, fields: Record<string, Field>): string {
  const written = Object.entries(fields).map(([name, value]): [string, Exclude<Field, Uint8Array>] => [
    name,
    value instanceof Uint8Array ? toBase64(value) : value,
  ]);
  return JSON.stringify({ type, run, ...Object.fromEntries(written) });
}
