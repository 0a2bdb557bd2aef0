/** The signals of a helper as they pass the relay, checked field by field. Those of the console are in the shared folder. */

import { fromBase64, id, Malformed } from '../../../../../server-lite/link/page/encode';
import {
  endReason,
  KNOWING,
  maybe,
  object,
  oneOf,
  REFUSALS,
  SHARE_BYTES,
  SIGNAL_LIMIT,
  whole,
  type DeclineReason,
  type EndReason,
  type Knowing,
  type RefuseReason,
} from '../../../../../server-lite/link/page/signal';

export type FromHelper =
  | {
      type: 'present';
      run: string;
      version: number;
      key: Uint8Array;
      nonce: Uint8Array;
      knowing: Knowing;
      share: Uint8Array | null;
    }
  | { type: 'confirm'; run: string; signature: Uint8Array; mac: Uint8Array | null }
  | { type: 'refuse'; run: string; reason: RefuseReason }
  | { type: 'decline'; run: string; nonce: Uint8Array; reason: DeclineReason; signature: Uint8Array }
  | { type: 'offer'; run: string; nonce: Uint8Array; generation: number; sdp: string; signature: Uint8Array }
  | { type: 'bye'; run: string; reason: EndReason; signature: Uint8Array }
  /** One that only a console sends: it came back. */
  | { type: 'own'; run: string };

const DECLINES = ['denied', 'no_answer', 'nothing_to_grant', 'busy', 'paused'] as const;

/** Reads one signal; throws {@link Malformed}. */
export function readSignal(json: string): FromHelper {
  if (json.length > SIGNAL_LIMIT) throw new Malformed();
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Malformed();
  }
  const value = object(parsed);
  const run = id(value.run);
  const nonce = () => fromBase64(value.nonce, 32);
  const signature = () => fromBase64(value.signature, 64);
  switch (value.type) {
    case 'present': {
      const [version, key] = [whole(value.version, 0xffff), fromBase64(value.key, 32)];
      const [knowing, share] = [oneOf(value.knowing, KNOWING), maybe(value.share, SHARE_BYTES)];
      return { type: 'present', run, version, key, nonce: nonce(), knowing, share };
    }
    case 'confirm':
      return { type: 'confirm', run, signature: signature(), mac: maybe(value.mac, 32) };
    case 'refuse':
      return { type: 'refuse', run, reason: oneOf(value.reason, REFUSALS) };
    case 'decline':
      return { type: 'decline', run, nonce: nonce(), reason: oneOf(value.reason, DECLINES), signature: signature() };
    case 'offer': {
      if (typeof value.sdp !== 'string') throw new Malformed();
      const generation = whole(value.generation, 0xffff_ffff);
      return { type: 'offer', run, nonce: nonce(), generation, sdp: value.sdp, signature: signature() };
    }
    case 'bye':
      return { type: 'bye', run, reason: endReason(value.reason), signature: signature() };
    case 'greet':
    case 'reveal':
    case 'ask':
    case 'answer':
    case 'mend':
      return { type: 'own', run };
    default:
      throw new Malformed();
  }
}
