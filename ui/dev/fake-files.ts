/** Two machines' files without a machine behind them. */

import type { FilesBackend } from '../src/backend/files';
import { BackendError } from '../src/backend/backend';
import type { EntryView } from '../src/protocol/generated/EntryView';
import type { FilesError } from '../src/protocol/generated/FilesError';
import type { Side } from '../src/protocol/generated/Side';
import type { Spot } from '../src/protocol/generated/Spot';

export function entry(name: string, change: Partial<EntryView> = {}): EntryView {
  const modified_ms = Date.UTC(2026, 1, 3, 9, 30);
  return { name, kind: 'file', size: 1_200, modified_ms, hidden: name.startsWith('.'), ...change };
}

const PAPERS = [
  entry('Invoices', { kind: 'folder' }),
  entry('.cache', { kind: 'folder' }),
  entry('report 10.pdf', { size: 48_000_000 }),
  entry('report 9.pdf', { size: 300_000 }),
  entry('notes.txt'),
];

/** Lists what it is given; keeps what it was asked. */
export class FakeFiles implements FilesBackend {
  readonly asked: string[] = [];
  folders: Record<Side, EntryView[]> = { local: PAPERS, remote: PAPERS };
  refuse: FilesError | null = null;

  async #answer<T>(what: string, answer: () => T): Promise<T> {
    this.asked.push(what);
    await Promise.resolve();
    if (this.refuse) throw new BackendError('file', 'refused', this.refuse);
    return answer();
  }

  places = (_: string, side: Side) =>
    this.#answer(`places ${side}`, () =>
      side === 'local'
        ? [
            { name: 'anna', kind: 'home' as const, path: { place: 0, names: ['home', 'anna'] } },
            { name: 'System', kind: 'drive' as const, path: { place: 0, names: [] } },
          ]
        : [{ name: 'Deskhand', kind: 'granted' as const, path: { place: 0, names: [] } }],
    );
  list = (_: string, side: Side, at: Spot) =>
    this.#answer(`list ${side} /${at.names.join('/')}`, () => this.folders[side]);
  search = (_: string, side: Side, at: Spot, text: string) =>
    this.#answer(`search ${side} ${text}`, () => ({
      hits: this.folders[side].filter(({ name }) => name.includes(text)).map((hit) => ({ folder: at, entry: hit })),
      cut: false,
    }));
  searchStop = (_: string, side: Side) => this.#answer(`stop ${side}`, () => undefined);
  makeFolder = (_: string, side: Side, at: Spot) =>
    this.#answer(`make ${side} /${at.names.join('/')}`, () => undefined);
  rename = (_: string, side: Side, at: Spot, name: string) =>
    this.#answer(`rename ${side} /${at.names.join('/')} ${name}`, () => undefined);
  trash = (_: string, side: Side, at: Spot[]) => this.#answer(`trash ${side} ${at.length}`, () => undefined);
  carry = (_: string, from: Side, what: Spot[], into: Spot) =>
    this.#answer(
      `carry ${from} ${what.map(({ names }) => names.join('/')).join(',')} /${into.names.join('/')}`,
      () => 1,
    );
  sendPicked = (_: string, files: readonly File[], into: Spot) =>
    this.#answer(`picked ${files.map(({ name }) => name).join(' ')} /${into.names.join('/')}`, () => 1);
  sendDropped = (_: string, into: Spot) => this.#answer(`dropped /${into.names.join('/')}`, () => 1);
  /** Whether its system takes drags. */
  drags = false;
  dragOut = (_: string, from: Side, what: Spot[]) =>
    this.#answer(`drag ${from} ${what.map(({ names }) => names.join('/')).join(',')}`, () => this.drags);
  stopDrag = () => this.#answer('stop drag', () => undefined);
  job = (_: string, job: number, order: string) => this.#answer(`job ${job} ${order}`, () => undefined);
  choose = (_: string, item: number, choice: string, scope: string) =>
    this.#answer(`choose ${item} ${choice} ${scope}`, () => undefined);
}
