/** What the shell can do about the relays that this console has joined. */

import type { Boot } from '../protocol/generated/Boot';
import type { JoinedRelay } from '../protocol/generated/JoinedRelay';

export interface RelaysBackend {
  /** The one inside the program, and every one elsewhere. */
  all(): Promise<JoinedRelay[]>;
  /** Joins one more; the console stays where it is. */
  add(address: string, token: string): Promise<JoinedRelay[]>;
  /** Moves there: everything on the page belongs to the relay before, so the page is to begin anew. */
  change(id: string): Promise<Boot>;
  /** Forgets one that is not in use. */
  remove(id: string): Promise<JoinedRelay[]>;
}
