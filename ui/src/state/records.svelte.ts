/** What is written to records and taken out of them, beside the lists that screens hold themselves. */

import type { Backend } from '../backend/backend';
import type { AuditFilter } from '../protocol/generated/AuditFilter';
import type { AuditLine } from '../protocol/generated/AuditLine';
import type { Facets } from '../protocol/generated/Facets';
import type { SavedTable } from '../protocol/generated/SavedTable';
import type { SessionEventRecord } from '../protocol/generated/SessionEventRecord';
import type { SessionFilter } from '../protocol/generated/SessionFilter';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { Statistics } from '../protocol/generated/Statistics';
import type { TableFormat } from '../protocol/generated/TableFormat';
import { EVERY_SESSION, SessionSearch } from './search.svelte';

/** How long names and tags may be older than the newest session, in milliseconds. */
const FACETS_AGE = 2_000;
/** Rows of the audit log fetched at once. */
export const AUDIT_PAGE = 200;

export class Records {
  /** Names, tags and technicians to choose from. */
  facets = $state.raw<Facets>({ customers: [], tags: [], technicians: [] });
  readonly #searches = new Set<SessionSearch>();
  #facetsTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly backend: Backend) {}

  async loadFacets(): Promise<void> {
    this.facets = await this.backend.facets();
  }

  /** A list of sessions that stays true until it is closed by the function that is given back. */
  search(): [SessionSearch, () => void] {
    const search = new SessionSearch(this.backend);
    this.#searches.add(search);
    return [
      search,
      () => {
        this.#searches.delete(search);
        search.close();
      },
    ];
  }

  /** The newest session of a device. */
  async newestOf(device: string): Promise<SessionRecord | undefined> {
    const filter = { ...EVERY_SESSION, device };
    const page = await this.backend.searchSessions({
      filter,
      sort: 'date',
      order: 'descending',
      after: null,
      limit: 1,
    });
    return page.sessions[0];
  }

  tell(session: SessionRecord): void {
    for (const search of this.#searches) search.tell(session);
    if (this.#facetsTimer !== undefined) return;
    this.#facetsTimer = setTimeout(() => {
      this.#facetsTimer = undefined;
      void this.loadFacets().catch(() => undefined);
    }, FACETS_AGE);
  }

  gone(id: SessionId): void {
    for (const search of this.#searches) search.gone(id);
  }

  async setTags(session: SessionId, tags: string[]): Promise<void> {
    this.tell(await this.backend.editSession(session, { tags, notes: null }));
  }

  async setNotes(session: SessionId, notes: string): Promise<void> {
    this.tell(await this.backend.editSession(session, { tags: null, notes }));
  }

  async delete(session: SessionId): Promise<void> {
    await this.backend.deleteSession(session);
    this.gone(session);
  }

  events(session: SessionId): Promise<SessionEventRecord[]> {
    return this.backend.sessionEvents(session);
  }

  statistics(filter: SessionFilter, edges: number[]): Promise<Statistics> {
    return this.backend.statistics({ filter, edges });
  }

  exportSessions(filter: SessionFilter, format: TableFormat, headings: string[]): Promise<SavedTable> {
    return this.backend.exportSessions(filter, format, headings);
  }

  async audit(filter: AuditFilter, before: number | null): Promise<AuditLine[]> {
    return (await this.backend.searchAudit({ filter, before, limit: AUDIT_PAGE })).lines;
  }

  exportAudit(filter: AuditFilter, headings: string[]): Promise<SavedTable> {
    return this.backend.exportAudit(filter, headings);
  }

  /** A technician's name, if there is one of this id. */
  nameOf(technician: string): string | undefined {
    return this.facets.technicians.find(({ id }) => id === technician)?.name;
  }
}
