/** Figures of sessions as a relay counts them, for the scripted shell. */

import type { Figures } from '../src/protocol/generated/Figures';
import type { FigureGroup } from '../src/protocol/generated/FigureGroup';
import type { SessionRecord } from '../src/protocol/generated/SessionRecord';
import type { Statistics } from '../src/protocol/generated/Statistics';

function figures(sessions: readonly SessionRecord[]): Figures {
  const connected = sessions.filter(({ duration_ms }) => duration_ms !== null);
  const total_s = connected.reduce((sum, { duration_ms }) => sum + Math.floor((duration_ms ?? 0) / 1_000), 0);
  return {
    sessions: sessions.length,
    connected: connected.length,
    customers: new Set(sessions.map(({ customer }) => customer)).size,
    total_s,
    mean_length_s: connected.length > 0 ? Math.floor(total_s / connected.length) : null,
    mean_wait_s: connected.length > 0 ? 73 : null,
    asked: connected.length + 1,
    declined: sessions.length > 0 ? 1 : 0,
  };
}

function groups(
  sessions: readonly SessionRecord[],
  keys: (session: SessionRecord) => (string | null)[],
): FigureGroup[] {
  const names = new Set(sessions.flatMap(keys));
  return [...names]
    .map((name) => ({ name, figures: figures(sessions.filter((one) => keys(one).includes(name))) }))
    .sort((a, b) => b.figures.sessions - a.figures.sessions);
}

export function count(sessions: readonly SessionRecord[], edges: readonly number[]): Statistics {
  return {
    total: figures(sessions),
    parts: edges
      .slice(1)
      .map((to, at) => figures(sessions.filter((one) => one.created_at >= (edges[at] ?? 0) && one.created_at < to))),
    technicians: groups(sessions, (one) => [one.technician_name]),
    customers: groups(sessions, (one) => [one.customer]),
    tags: groups(sessions, (one) => (one.tags.length > 0 ? one.tags : [null])),
  };
}
