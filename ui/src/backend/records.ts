/** What the shell can find, edit, count and hand out of the records that the relay keeps. */

import type { AuditFilter } from '../protocol/generated/AuditFilter';
import type { AuditPage } from '../protocol/generated/AuditPage';
import type { AuditQuery } from '../protocol/generated/AuditQuery';
import type { DeviceEdit } from '../protocol/generated/DeviceEdit';
import type { DeviceId } from '../protocol/generated/DeviceId';
import type { DeviceRecord } from '../protocol/generated/DeviceRecord';
import type { Facets } from '../protocol/generated/Facets';
import type { SavedTable } from '../protocol/generated/SavedTable';
import type { SessionEdit } from '../protocol/generated/SessionEdit';
import type { SessionEventRecord } from '../protocol/generated/SessionEventRecord';
import type { SessionFilter } from '../protocol/generated/SessionFilter';
import type { SessionId } from '../protocol/generated/SessionId';
import type { SessionPage } from '../protocol/generated/SessionPage';
import type { SessionQuery } from '../protocol/generated/SessionQuery';
import type { SessionRecord } from '../protocol/generated/SessionRecord';
import type { Statistics } from '../protocol/generated/Statistics';
import type { StatisticsQuery } from '../protocol/generated/StatisticsQuery';
import type { TableFormat } from '../protocol/generated/TableFormat';
import type { TimelineEntry } from '../protocol/generated/TimelineEntry';
import type { TimelinePlace } from '../protocol/generated/TimelinePlace';

export interface Records {
  /** Rejects with `unknown_session` when the session that the page begins behind is gone. */
  searchSessions(query: SessionQuery): Promise<SessionPage>;
  editSession(session: SessionId, edit: SessionEdit): Promise<SessionRecord>;
  /** Rejects with `in_session` while it is not over. */
  deleteSession(session: SessionId): Promise<void>;
  sessionEvents(session: SessionId): Promise<SessionEventRecord[]>;
  exportSessions(filter: SessionFilter, format: TableFormat, headings: string[]): Promise<SavedTable>;
  facets(): Promise<Facets>;

  /** By id, behind `after`. */
  devices(limit: number, after?: DeviceId): Promise<DeviceRecord[]>;
  /** All or none; at most a thousand at once. Says how many there were. */
  editDevices(devices: DeviceId[], edit: DeviceEdit): Promise<number>;
  /** All or none. Rejects with `in_session` while one is in a session. */
  removeDevices(devices: DeviceId[]): Promise<number>;
  /** Newest first, behind a place. */
  timeline(device: DeviceId, before?: TimelinePlace): Promise<TimelineEntry[]>;

  statistics(query: StatisticsQuery): Promise<Statistics>;
  searchAudit(query: AuditQuery): Promise<AuditPage>;
  exportAudit(filter: AuditFilter, headings: string[]): Promise<SavedTable>;
}
