/** What is not needed to draw the first screen, each fetched by itself. */

import type { Place } from '../state/route.svelte';
import { Late } from './late.svelte';

export const screens = {
  sessions: new Late(() => import('../features/sessions/Sessions.svelte')),
  devices: new Late(() => import('../features/devices/Devices.svelte')),
  device: new Late(() => import('../features/devices/DevicePage.svelte')),
  statistics: new Late(() => import('../features/statistics/Statistics.svelte')),
  audit: new Late(() => import('../features/audit/Audit.svelte')),
  selftest: new Late(() => import('../features/selftest/SelfTest.svelte')),
  templates: new Late(() => import('../features/templates/Templates.svelte')),
  settings: new Late(() => import('../features/settings/Settings.svelte')),
  session: new Late(() => import('../features/session/SessionView.svelte')),
};

export const parts = {
  ...screens,
  importIdentity: new Late(() => import('../features/settings/ImportIdentity.svelte')),
  signIn: new Late(() => import('../features/account/SignIn.svelte')),
  firstStart: new Late(() => import('../features/start/FirstStart.svelte')),
  packageDialog: new Late(() => import('../features/package/PackageDialog.svelte')),
  inviteDialog: new Late(() => import('../features/home/InviteDialog.svelte')),
  floating: new Late(() => import('../features/floating/FloatingPicture.svelte')),
  commands: new Late(() => import('./Commands.svelte')),
};

/** The part that shows a screen; none for the dashboard, which is there from the beginning. */
export function screenPart(screen: Place | 'session' | 'device'): Late<unknown> | undefined {
  return screen === 'dashboard' ? undefined : screens[screen];
}
