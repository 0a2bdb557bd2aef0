/** Those who wait, as the tray lists them. */

import type { SessionId } from '../protocol/generated/SessionId';
import { router } from './route.svelte';

/** What the tray calls somebody who waits, and where he is shown. Nothing happens there without another click. */
export const trayLine = {
  session: (id: SessionId) => `session/${id}`,
  request: (id: string) => `request/${id}`,
};

/** Shows the one who was chosen there. */
export function openLine(line: string): void {
  const [kind, id] = line.split('/');
  router.go(kind === 'session' && id ? { screen: 'session', id } : { screen: 'dashboard' });
}
