/** What records say, in the reader's words. */

import type { Location } from '../protocol/generated/Location';
import type { SessionEvent } from '../protocol/generated/SessionEvent';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import { language, t } from './text';

const regions = typeof Intl.DisplayNames === 'function' ? new Intl.DisplayNames([language], { type: 'region' }) : null;

/** A country's flag from its two letters; nothing for anything else. */
export function flagOf(location: Location | null): string {
  const code = location?.country;
  if (!code || !/^[A-Z]{2}$/.test(code)) return '';
  return String.fromCodePoint(...[...code].map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 65));
}

/** City, else region, and the country by its name. */
export function placeOf(location: Location | null): string {
  if (!location) return t.records.common.unknown;
  const { city, region, country } = location;
  let name = country;
  try {
    if (country && /^[A-Z]{2}$/.test(country)) name = regions?.of(country) ?? country;
  } catch {
    // A code that the system does not know is shown as it is.
  }
  return [city ?? region, name].filter(Boolean).join(', ') || t.records.common.unknown;
}

/** What an event was, and what of it is worth a second line. */
export function eventText(event: SessionEvent): { text: string; detail: string } {
  const words = t.records.events;
  switch (event.kind) {
    case 'consent':
      return { text: words.consent[event.answer], detail: event.granted.map(capabilityText).join(', ') };
    case 'paused':
      return { text: event.paused ? words.paused : words.goneOn, detail: '' };
    case 'ended':
      return { text: words.ended, detail: t.endReason[event.reason] };
    default: {
      const plain: Record<string, unknown> = words;
      const text = plain[event.kind];
      return { text: typeof text === 'string' ? text : words.other, detail: '' };
    }
  }
}

export function capabilityText(capability: string): string {
  const names: Record<string, string> = t.capability;
  return names[capability] ?? capability;
}

/** The tone of a status' dot. */
export const STATUS_TONE = {
  open: 'idle',
  waiting: 'busy',
  live: 'good',
  paused: 'warn',
  reconnecting: 'warn',
  ended: 'idle',
  interrupted: 'warn',
} as const;

/** Silence of a session that runs after which it counts as stale: well over what its ends leave unsaid, in milliseconds. */
const STALE = 60_000;

/** For how long a session that runs has not been heard of; `null` while it is fresh, or over. */
export function staleFor(session: SessionRecord, now: number): number | null {
  if (session.ended_at !== null || session.status === 'open') return null;
  const silent = now - session.last_active_at;
  const missing = session.status === 'reconnecting' || (session.status === 'waiting' && !session.helper_online);
  return silent > STALE && (missing || !session.helper_online) ? silent : null;
}

/** The end of an id: enough to tell sessions apart by eye. */
export function shortId(id: string): string {
  return id.slice(-8);
}
