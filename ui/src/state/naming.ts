/** Checks of what a person types as a name, before the shell says the same. */

import { NAME_CHARS } from '../protocol/limit';
import { t } from './text';
import type { Via } from './types';

// The characters that `deskhand_protocol::text` refuses: controls, direction marks and other invisible ones.
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/u;

/** What is wrong with a name as a sentence; `null` if nothing is. */
export function nameProblem(text: string, missing: string | null): string | null {
  const name = text.trim();
  if (!name) return missing;
  if ([...name].length > NAME_CHARS) return t.field.tooLong(NAME_CHARS);
  return FORBIDDEN.test(name) ? t.field.forbidden : null;
}

/** Customer and machine as one line on screen. */
export function whoLine(session: { customer: string; machine: string | null }): string {
  return session.machine ? `${session.customer} / ${session.machine}` : session.customer;
}

/** The system that came, and whether it came by a page in a browser. */
export function machineOf(os: string | null, via: Via): string {
  return [os, via === 'browser' ? t.records.common.inBrowser : null].filter(Boolean).join(', ');
}

/** A relay's address as a customer types it. */
export function plainAddress(address: string): string {
  return address.replace(/^https?:\/\//, '');
}

/** Customer and machine as one name for labels. */
export function who(session: { customer: string; machine: string | null }): string {
  return session.machine ? `${session.customer}, ${session.machine}` : session.customer;
}
