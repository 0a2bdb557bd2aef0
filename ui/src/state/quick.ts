/** What was meant by a code or a name typed into one field. */

import type { DeviceRecord } from '../protocol/generated/DeviceRecord';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { Desk } from './desk.svelte';

export type Meant =
  | { kind: 'session'; session: SessionRecord }
  | { kind: 'device'; device: DeviceRecord }
  | { kind: 'many'; text: string }
  | { kind: 'nothing' };

/** Letters and digits of a code; how they are grouped and written does not count. */
const bare = (text: string) => text.toUpperCase().replace(/[^0-9A-Z]/g, '');

/**
 * A session by its code, which only this console knows, else a session by the end of its id, else a device by
 * its name, host or customer.
 */
export async function meant(desk: Desk, text: string): Promise<Meant> {
  const typed = text.trim();
  if (!typed) return { kind: 'nothing' };
  const code = bare(typed);
  if (code.length >= 8) {
    const made = await desk.sessionByCode(typed).catch(() => null);
    const session = desk.sessions.open.find(
      ({ id }) => id === made || id.replaceAll('-', '').toUpperCase().endsWith(code),
    );
    if (session) return { kind: 'session', session };
  }
  const name = typed.toLowerCase();
  const names = ({ host, machine, customer }: DeviceRecord) => [
    host,
    machine,
    customer,
    machine && customer ? `${customer} / ${machine}` : null,
  ];
  const devices = desk.devices.all;
  const same = devices.filter((device) => names(device).some((one) => one?.toLowerCase() === name));
  const near =
    same.length > 0 ? same : devices.filter((device) => names(device).some((one) => one?.toLowerCase().includes(name)));
  const [device] = near;
  if (!device) return { kind: 'nothing' };
  return near.length === 1 ? { kind: 'device', device } : { kind: 'many', text: typed };
}
