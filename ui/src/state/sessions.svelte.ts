/** All sessions the page has heard of. Records are whole: a newer one replaces an older one. */

import { SvelteMap } from 'svelte/reactivity';
import type { Backend } from '../backend/backend';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionRecord } from '../protocol/generated/SessionRecord';

/** Sessions fetched at once: more than fits a screen. */
export const PAGE = 50;

/** Whether a session is over. */
export function isOver(session: SessionRecord): boolean {
  return session.ended_at !== null || session.status === 'ended' || session.status === 'interrupted';
}

/** Whether its customer is here and nobody has connected yet. */
export function isWaiting(session: SessionRecord): boolean {
  return session.status === 'waiting' && session.helper_online;
}

/** Whether a colleague invites to it and nobody has joined yet. */
export function isInvitation(session: SessionRecord): boolean {
  return session.joins !== null && session.started_at === null && !isOver(session);
}

const URGENCY: Record<SessionRecord['status'], number> = {
  waiting: 0,
  reconnecting: 1,
  live: 2,
  paused: 2,
  open: 3,
  ended: 4,
  interrupted: 4,
};

export class Sessions {
  readonly #known = new SvelteMap<SessionId, SessionRecord>();
  /** Ids told by events while a list was on its way: those records are newer than the list's. */
  readonly #told = new Set<SessionId>();
  #loading = $state(0);
  /** Whether the first list has arrived. */
  loaded = $state(false);
  /** Whether older ones may be had. */
  more = $state(false);

  constructor(private readonly backend: Pick<Backend, 'sessions'>) {}

  /** Newest first. */
  all = $derived([...this.#known.values()].sort((a, b) => b.created_at - a.created_at || (b.id < a.id ? -1 : 1)));
  /** Not over; those that wait for the technician first. */
  open = $derived(
    this.all
      .filter((session) => !isOver(session))
      .sort((a, b) => URGENCY[a.status] - URGENCY[b.status] || b.created_at - a.created_at),
  );
  /** How many customers wait. */
  waiting = $derived(this.open.filter(isWaiting).length);
  busy = $derived(this.#loading > 0);

  get(id: SessionId): SessionRecord | undefined {
    return this.#known.get(id);
  }

  /** An event told of a session. */
  tell(session: SessionRecord): void {
    this.#told.add(session.id);
    this.#known.set(session.id, session);
  }

  /** An event told that one is gone. */
  gone(id: SessionId): void {
    this.#told.add(id);
    this.#known.delete(id);
  }

  /** Fetches the newest ones; again after the relay was away. */
  async load(): Promise<void> {
    const page = await this.#fetch();
    this.more = page.length === PAGE;
    this.loaded = true;
  }

  async loadMore(): Promise<void> {
    const oldest = this.all.at(-1);
    if (!oldest || this.busy) return;
    const page = await this.#fetch(oldest.id);
    this.more = page.length === PAGE;
  }

  async #fetch(before?: SessionId): Promise<SessionRecord[]> {
    if (this.#loading === 0) this.#told.clear();
    this.#loading += 1;
    try {
      const page = await this.backend.sessions(PAGE, before);
      for (const session of page) if (!this.#told.has(session.id)) this.#known.set(session.id, session);
      return page;
    } finally {
      this.#loading -= 1;
    }
  }
}
