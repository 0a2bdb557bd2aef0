/** Sessions found among all of them, page by page, kept true by what events tell. */

import { BackendError, type Backend } from '../backend/backend';
import type { Order } from '../protocol/generated/Order';
import type { SessionFilter } from '../protocol/generated/SessionFilter';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { SessionSort } from '../protocol/generated/SessionSort';

/** Sessions fetched at once: some screens of them. */
const PAGE = 100;
/** How long new and changed sessions are gathered before the list asks anew, in milliseconds. */
const GATHER = 400;

export const EVERY_SESSION: SessionFilter = {
  text: null,
  statuses: [],
  technician: null,
  customer: null,
  tag: null,
  device: null,
  from: null,
  to: null,
};

export class SessionSearch {
  found = $state.raw<readonly SessionRecord[]>([]);
  total = $state(0);
  loaded = $state(false);
  failure = $state<unknown>(null);
  #more = false;
  #loading = false;
  /** Answers to a question that has been replaced are dropped. */
  #question = 0;
  #filter: SessionFilter = EVERY_SESSION;
  #sort: SessionSort = 'date';
  #order: Order = 'descending';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly backend: Pick<Backend, 'searchSessions'>) {}

  /** Asks for other sessions. What is shown stays until the answer is there. */
  async ask(filter: SessionFilter, sort: SessionSort = 'date', order: Order = 'descending'): Promise<void> {
    [this.#filter, this.#sort, this.#order] = [filter, sort, order];
    await this.#begin(PAGE);
  }

  /** Fetches what comes behind the last one, if there is anything. */
  async more(): Promise<void> {
    const after = this.found.at(-1)?.id;
    if (!this.#more || this.#loading || after === undefined) return;
    const question = this.#question;
    this.#loading = true;
    try {
      const { sessions } = await this.#fetch(PAGE, after);
      if (question !== this.#question) return;
      this.found = [...this.found, ...sessions];
      this.#more = sessions.length === PAGE;
    } catch (error) {
      if (question !== this.#question) return;
      // The one it begins behind was deleted meanwhile.
      if (error instanceof BackendError && error.code === 'unknown_session') await this.#begin(PAGE);
      else this.failure = error;
    } finally {
      if (question === this.#question) this.#loading = false;
    }
  }

  /** An event told of a session: one on screen is shown as it is now, and the list asks anew soon. */
  tell(session: SessionRecord): void {
    if (!this.loaded) return;
    const at = this.found.findIndex(({ id }) => id === session.id);
    if (at >= 0) this.found = this.found.with(at, session);
    this.#again();
  }

  /** An event told that one is gone. */
  gone(id: SessionId): void {
    if (!this.found.some((session) => session.id === id)) return;
    this.found = this.found.filter((session) => session.id !== id);
    this.total = Math.max(0, this.total - 1);
  }

  /** Nobody looks any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#question += 1;
    this.loaded = false;
  }

  #again(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.loaded) void this.#begin(Math.min(200, Math.max(PAGE, this.found.length)));
    }, GATHER);
  }

  async #begin(limit: number): Promise<void> {
    const question = ++this.#question;
    this.#loading = true;
    try {
      const { sessions, total } = await this.#fetch(limit);
      if (question !== this.#question) return;
      // What had been fetched beyond the first page stays behind it.
      const fetched = new Set(sessions.map(({ id }) => id));
      const last = sessions.at(-1)?.id;
      const joint = this.found.findIndex(({ id }) => id === last);
      const rest = limit > PAGE && joint >= 0 ? this.found.slice(joint + 1).filter(({ id }) => !fetched.has(id)) : [];
      this.found = [...sessions, ...rest];
      this.total = total ?? sessions.length;
      this.#more = sessions.length === limit;
      this.failure = null;
      this.loaded = true;
    } catch (error) {
      if (question === this.#question) this.failure = error;
    } finally {
      if (question === this.#question) this.#loading = false;
    }
  }

  #fetch(limit: number, after: SessionId | null = null) {
    return this.backend.searchSessions({ filter: this.#filter, sort: this.#sort, order: this.#order, after, limit });
  }
}
