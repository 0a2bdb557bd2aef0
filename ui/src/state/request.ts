/** Asks for a session with a device: at its open helper if there is one, else by a fresh invitation. */

import type { DeviceRecord } from '../protocol/generated/DeviceRecord';
import type { Desk } from './desk.svelte';
import { router } from './route.svelte';
import { isOver } from './sessions.svelte';

/** The customer is asked where a helper waits; otherwise a new session with the names filled in is offered. */
export async function requestSession(desk: Desk, device: DeviceRecord): Promise<void> {
  const known = desk.sessions.open.find((session) => session.device === device.id);
  const newest = known ?? (device.online ? await desk.records.newestOf(device.id) : undefined);
  const mine = newest && !isOver(newest) && newest.technician === desk.technician?.id;
  if (mine && newest.helper_online) {
    // One that has been connected shows where it stands; connecting anew asks the customer.
    if (newest.status === 'waiting') void desk.call(newest.id).connect();
    router.go({ screen: 'session', id: newest.id });
    return;
  }
  desk.inviting.begin(device.customer ?? '', device.machine ?? '');
}
