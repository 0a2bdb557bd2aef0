/** What the console's handshake is made of, and what it wants done. */

import type { DeclineReason, EndReason, Introduction, RefuseReason } from '../../../../../server-lite/link/page/signal';

/** The page's key. */
export interface Signer {
  readonly key: Uint8Array;
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface ConsoleParameters {
  session: string;
  signer: Signer;
  introduction: Introduction;
  /** The secret half of the spoken code, while it lasts. */
  spoken: string | null;
  /** The secret of the link, while it lasts. */
  link: string | null;
  /** The helper's key, if this session has known it before. */
  pinned: Uint8Array | null;
  /** Wrong codes counted for this session before. */
  failures: number;
  random: (length: number) => Uint8Array;
}

export type ConsoleOutput =
  /** Send it to the helper, after those before it. */
  | { kind: 'send'; signal: Promise<string> }
  /** The helper's key is proven: keep it. */
  | { kind: 'known'; key: Uint8Array; words: string[] }
  | { kind: 'declined'; reason: DeclineReason }
  | { kind: 'offered'; generation: number; sdp: string }
  | { kind: 'bye'; reason: EndReason }
  /** A wrong code was tried; keep the number. */
  | { kind: 'wrong_code'; failures: number }
  | { kind: 'failed'; reason: RefuseReason };

/** Why a step cannot be taken now. Nothing has changed. */
export class StepError extends Error {
  constructor(readonly why: 'not_known' | 'no_offer' | 'code_ended' | 'nothing_to_know_by') {
    super(why);
  }
}
