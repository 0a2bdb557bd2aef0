/** Where a call stands, as a screen shows it. */

import type { EndReason, RefuseReason } from '../../../../../server-lite/link/page/signal';
import type { CallState } from '../../../protocol/generated/CallState';
import type { DeclineReason } from '../../../protocol/generated/DeclineReason';

export type Step =
  | { at: 'idle' | 'proving' | 'known' | 'asking' | 'agreed' }
  | { at: 'declined'; reason: DeclineReason }
  | { at: 'refused'; reason: RefuseReason };

export type Connection = { at: 'none' | 'up' } | { at: 'opening' | 'down'; since: number };

export interface Standing {
  over: EndReason | null;
  /** A call that was live, or agreed, is lost. */
  lost: boolean;
  live: Omit<Extract<CallState, { state: 'live' }>, 'state'> | null;
  connection: Connection;
  step: Step;
  /** Whether the helper is tried again in a moment. */
  retries: boolean;
  words: string[];
}

/** `null` while the helper has not come. */
export function standing({ over, lost, live, connection, step, retries, words }: Standing): CallState | null {
  if (over !== null) return { state: 'over', reason: over };
  if (lost) return { state: 'reconnecting' };
  if (live) return { state: 'live', ...live };
  if (connection.at !== 'none') return { state: 'connecting' };
  switch (step.at) {
    case 'idle':
      return retries ? { state: 'proving' } : null;
    case 'proving':
      return { state: 'proving' };
    case 'known':
    case 'asking':
      return { state: step.at, words };
    case 'declined':
      return { state: 'declined', reason: step.reason };
    case 'agreed':
      return { state: 'connecting' };
    case 'refused':
      return { state: 'refused', reason: step.reason };
  }
}
