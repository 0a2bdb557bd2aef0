/** How far an own message has got: the relay keeps it, a technician's console has it, he has seen it. */

import type { Marks } from '../generated';

export type Reach = 'sent' | 'delivered' | 'read';

/** `null` until the relay has stored it and given it a place. */
export function reachOf(seq: number | null, { delivered, read }: Marks): Reach | null {
  if (seq === null) return null;
  if (seq <= read) return 'read';
  return seq <= delivered ? 'delivered' : 'sent';
}
