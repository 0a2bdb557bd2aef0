/** What a call wants done, and why it cannot do something. */

import type { EndReason } from '../../../../../server-lite/link/page/signal';
import type { CallState } from '../../../protocol/generated/CallState';
import type { LiveOutput } from './live';
import type { Breach } from './screen';

/** How a connection is closed. */
export type Farewell = { kind: 'said' | 'left' | 'none' } | { kind: 'broken'; code: Breach };

export type Report = { kind: 'connection_lost' } | { kind: 'code_revoked' } | { kind: 'ended'; reason: EndReason };

export type Output =
  | { kind: 'signal'; signal: Promise<string> }
  | { kind: 'state'; state: CallState }
  | { kind: 'pinned'; key: Uint8Array }
  | { kind: 'wrong_code'; failures: number }
  | { kind: 'report'; report: Report }
  /** The connection can be mended only through the relay: ask now whether it is there. */
  | { kind: 'needs_relay' }
  /** Answer this offer with a new connection, in place of any other. */
  | { kind: 'open'; generation: number; sdp: string }
  /** Answer it with the connection that stands. */
  | { kind: 'restart'; generation: number; sdp: string }
  | { kind: 'close'; farewell: Farewell }
  | LiveOutput;

/** Why a call cannot do what was asked. */
export class CallError extends Error {
  constructor(readonly why: 'over' | 'busy' | 'helper_away' | 'not_live' | 'bad_input') {
    super(why);
  }
}
