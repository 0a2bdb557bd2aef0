/** What the shell can do with files of both machines. Errors carry the reason in {@link BackendError.file}. */

import type { Choice } from '../protocol/generated/Choice';
import type { EntryView } from '../protocol/generated/EntryView';
import type { For } from '../protocol/generated/For';
import type { FoundView } from '../protocol/generated/FoundView';
import type { JobOrder } from '../protocol/generated/JobOrder';
import type { PlaceView } from '../protocol/generated/PlaceView';
import type { SessionId } from '../protocol/generated/SessionId';
import type { Side } from '../protocol/generated/Side';
import type { Spot } from '../protocol/generated/Spot';

export interface FilesBackend {
  places(session: SessionId, side: Side): Promise<PlaceView[]>;
  list(session: SessionId, side: Side, at: Spot): Promise<EntryView[]>;
  /** The next search of a side calls off the last. */
  search(session: SessionId, side: Side, at: Spot, text: string): Promise<FoundView>;
  searchStop(session: SessionId, side: Side): Promise<void>;
  makeFolder(session: SessionId, side: Side, at: Spot): Promise<void>;
  rename(session: SessionId, side: Side, at: Spot, name: string): Promise<void>;
  trash(session: SessionId, side: Side, at: Spot[]): Promise<void>;
  /** Begins a job; its progress comes as events. */
  carry(session: SessionId, from: Side, what: Spot[], into: Spot): Promise<number>;
  /** Sends what was picked or dropped in the page, where the shell takes it from there. */
  sendPicked(session: SessionId, files: readonly File[], into: Spot): Promise<number>;
  /** Sends what the system dropped on the window last. */
  sendDropped(session: SessionId, into: Spot): Promise<number>;
  /** Drags files to other programs, while the button is down; false where that cannot be done, or not now. */
  dragOut(session: SessionId, side: Side, what: Spot[]): Promise<boolean>;
  stopDrag(): Promise<void>;
  job(session: SessionId, job: number, order: JobOrder): Promise<void>;
  choose(session: SessionId, item: number, choice: Choice, scope: For): Promise<void>;
}
