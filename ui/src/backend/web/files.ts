/**
 * The customer's files in a browser: looked at as on a desktop; sent when they were picked or dropped here, one after the
 * other, and fetched into the browser's downloads. Of this computer's own folders a page knows nothing.
 */

import type { AskingView } from '../../protocol/generated/AskingView';
import type { Choice } from '../../protocol/generated/Choice';
import type { EntryView } from '../../protocol/generated/EntryView';
import type { FilesError } from '../../protocol/generated/FilesError';
import type { JobOrder } from '../../protocol/generated/JobOrder';
import type { JobView } from '../../protocol/generated/JobView';
import type { QueueView } from '../../protocol/generated/QueueView';
import type { Spot } from '../../protocol/generated/Spot';
import { BackendError } from '../backend';
import type * as carrying from './call/carry';
import type { Known } from './call/filesWire';
import type { Talks } from './call/talk';
import { save } from './save';

type Carrying = typeof carrying;

/** Entries of one folder: more is nobody's to look through. */
const FOLDER_ENTRIES = 200_000;
const SEARCH_HITS = 4_000;
/** The queue is shown so often at most, in milliseconds. */
const SHOWN = 200;

/** One file of a job. */
interface Item {
  id: number;
  name: string;
  size: number;
  modified_ms: number;
  /** What was picked here; `null` for one of the customer's. */
  file: File | null;
  path: Spot;
  replace: boolean;
  state: 'waiting' | 'done' | 'skipped' | 'asking' | 'failed';
  error: FilesError | null;
  done: number;
}

interface Job {
  id: number;
  way: 'send' | 'fetch';
  state: JobView['state'];
  items: Item[];
  /** What was chosen for all that clash. */
  always: Choice | null;
  stop: AbortController;
  since: number;
  before: number;
}

const errorOf = (error: unknown): FilesError => {
  const said = (error as { error?: unknown } | null)?.error;
  return typeof said === 'string' ? (said as FilesError) : 'failed';
};

export const refused = (error: unknown) => new BackendError('file', String(error), errorOf(error));

const inside = (at: Spot, name: string): Spot => ({ place: at.place, names: [...at.names, name] });

/** `notes.txt`, `notes (2).txt`, … */
export function numbered(name: string, number: number): string {
  const dot = name.lastIndexOf('.');
  const at = dot > 0 ? dot : name.length;
  return `${name.slice(0, at)} (${number})${name.slice(at)}`;
}

/** The files of one call. Transfers wait while the connection is away. */
export class RemoteFiles {
  #talks: Talks | null = null;
  #carrying: Carrying | null = null;
  #jobs: Job[] = [];
  #ids = 0;
  #busy = false;
  /** The connection took nothing: it is tried again when it is back. */
  #stalled = false;
  #shown = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #search: { cancel(keep: boolean): void } | null = null;

  constructor(private readonly tell: (queue: QueueView) => void) {}

  /** A connection has begun, or (`null`) is gone. */
  attach(talks: Talks | null, carrying: Carrying | null): void {
    this.#talks?.close();
    this.#talks = talks;
    this.#carrying = carrying;
    this.goOn();
  }

  /** The call is live again. */
  goOn(): void {
    this.#stalled = false;
    void this.#run();
  }

  heard(message: Uint8Array): void {
    this.#talks?.heard(message);
  }

  #over(): Talks {
    if (!this.#talks) throw new BackendError('file', 'there is no connection', 'lost');
    return this.#talks;
  }

  async places() {
    return (await this.#over().once({ kind: 'places' }, 'places')).places;
  }

  async list(path: Spot): Promise<EntryView[]> {
    const talk = this.#over().ask({ kind: 'list', path });
    const all: EntryView[] = [];
    for (;;) {
      const answer = await talk.next();
      if (answer.kind !== 'entries') throw new BackendError('file', 'no listing', 'failed');
      all.push(...answer.entries);
      if (all.length > FOLDER_ENTRIES) throw new BackendError('file', 'too much', 'busy');
      if (answer.last) break;
    }
    talk.over();
    return all;
  }

  async search(path: Spot, text: string) {
    this.stopSearch();
    const talk = this.#over().ask({ kind: 'search', path, text });
    this.#search = talk;
    const hits = [];
    for (;;) {
      const answer = await talk.next();
      if (answer.kind !== 'found') throw new BackendError('file', 'nothing found', 'failed');
      hits.push(...answer.hits);
      if (answer.end !== 'not_yet' || hits.length > SEARCH_HITS) {
        if (answer.end === 'not_yet') talk.cancel(false);
        else talk.over();
        return { hits, cut: answer.end !== 'all' };
      }
    }
  }

  stopSearch(): void {
    this.#search?.cancel(false);
    this.#search = null;
  }

  async change(request: { kind: 'folder'; path: Spot } | { kind: 'rename'; path: Spot; name: string }): Promise<void> {
    await this.#over().once(request, 'ok');
  }

  async trash(paths: readonly Spot[]): Promise<void> {
    for (const path of paths) await this.#over().once({ kind: 'trash', path }, 'ok');
  }

  /** What was picked or dropped here goes into that folder. */
  send(files: readonly File[], into: Spot): number {
    return this.#begin(
      'send',
      files.map((file) => this.#item(file.name, file.size, file.lastModified, file, into)),
    );
  }

  /** What lies there comes into the browser's downloads. Folders do not. */
  async fetch(what: readonly Spot[]): Promise<number> {
    const items: Item[] = [];
    for (const spot of what) {
      const name = spot.names.at(-1) ?? '';
      const folder = { place: spot.place, names: spot.names.slice(0, -1) };
      const entry = (await this.list(folder)).find((entry) => entry.name === name);
      if (!entry) throw new BackendError('file', 'it is gone', 'not_found');
      if (entry.kind !== 'file') throw new BackendError('file', 'a folder', 'not_a_file');
      items.push(this.#item(name, entry.size, entry.modified_ms, null, folder));
    }
    return this.#begin('fetch', items);
  }

  #item(name: string, size: number, modified_ms: number, file: File | null, folder: Spot): Item {
    const path = inside(folder, name);
    const id = (this.#ids += 1);
    return { id, name, size, modified_ms, file, path, replace: false, state: 'waiting', error: null, done: 0 };
  }

  #begin(way: Job['way'], items: Item[]): number {
    const id = (this.#ids += 1);
    const stop = new AbortController();
    this.#jobs.push({ id, way, items, state: 'waiting', always: null, stop, since: 0, before: 0 });
    this.#show();
    void this.#run();
    return id;
  }

  job(id: number, order: JobOrder): void {
    const job = this.#jobs.find((one) => one.id === id);
    if (!job) return;
    switch (order) {
      case 'clear':
        this.#jobs = this.#jobs.filter((one) => one !== job);
        break;
      case 'cancel':
      case 'pause':
        job.state = order === 'cancel' ? 'cancelled' : 'paused';
        job.stop.abort();
        break;
      case 'retry':
        for (const item of job.items) if (item.state === 'failed') item.state = 'waiting';
        job.state = 'waiting';
        break;
      case 'resume':
        job.state = 'waiting';
    }
    this.#show();
    void this.#run();
  }

  /** What is to become of one that clashes, or of all. */
  choose(id: number, choice: Choice, scope: 'one' | 'all'): void {
    const job = this.#jobs.find(({ items }) => items.some((item) => item.id === id));
    if (!job) return;
    if (scope === 'all') job.always = choice;
    for (const item of job.items)
      if (item.state === 'asking' && (item.id === id || scope === 'all')) apply(item, choice);
    job.state = 'waiting';
    this.#show();
    void this.#run();
  }

  /** The call is over. */
  close(): void {
    clearTimeout(this.#timer);
    for (const job of this.#jobs) job.stop.abort();
    this.#jobs = [];
    this.attach(null, null);
  }

  async #run(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#next(); next && this.#talks && this.#carrying && !this.#stalled; next = this.#next()) {
        await this.#carry(...next, this.#talks, this.#carrying);
        this.#show();
      }
    } finally {
      this.#busy = false;
    }
  }

  #next(): [Job, Item] | null {
    for (const job of this.#jobs) {
      if (job.state !== 'waiting' && job.state !== 'running') continue;
      const item = job.items.find(({ state }) => state === 'waiting');
      if (item) return [job, item];
      job.state = settled(job);
    }
    this.#show();
    return null;
  }

  async #carry(job: Job, item: Item, talks: Talks, carrying: Carrying): Promise<void> {
    job.state = 'running';
    job.stop = new AbortController();
    job.since = Date.now();
    job.before = doneOf(job);
    const trip = {
      signal: job.stop.signal,
      progress: (bytes: number) => {
        item.done = bytes;
        this.#show();
      },
    };
    try {
      if (item.file) await carrying.send(talks, item.file, item.path, item.replace, trip);
      else {
        const known: Known = { size: item.size, modified_ms: item.modified_ms };
        save(await carrying.fetchFile(talks, item.path, known, trip), item.name);
      }
      item.state = 'done';
      item.done = item.size;
    } catch (error) {
      this.#failed(job, item, errorOf(error));
    }
  }

  #failed(job: Job, item: Item, error: FilesError): void {
    // It goes on when it is resumed, or when the connection is back.
    if (error === 'lost') this.#stalled = true;
    if (job.stop.signal.aborted || error === 'lost') return;
    if (error === 'exists' && item.file) {
      item.state = 'asking';
      if (job.always) apply(item, job.always);
    } else {
      item.state = 'failed';
      item.error = error;
    }
  }

  /** Now, or in a moment. */
  #show(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#shown + SHOWN - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#shown = Date.now();
      this.tell({ jobs: this.#jobs.map(viewOf) });
    }, wait);
  }
}

function apply(item: Item, choice: Choice): void {
  item.state = choice === 'skip' ? 'skipped' : 'waiting';
  item.replace = choice === 'overwrite' || choice === 'resume';
  if (choice !== 'rename') return;
  const number = Number(/ \((\d+)\)(?:\.[^.]*)?$/.exec(item.path.names.at(-1) ?? '')?.[1] ?? 1) + 1;
  item.path = { place: item.path.place, names: [...item.path.names.slice(0, -1), numbered(item.name, number)] };
}

const doneOf = (job: Job) => job.items.reduce((sum, { done }) => sum + done, 0);

function settled({ items }: Job): JobView['state'] {
  if (items.some(({ state }) => state === 'asking')) return 'asking';
  return items.some(({ state }) => state === 'failed') ? 'failed' : 'done';
}

function viewOf(job: Job): JobView {
  const { id, way, state, items } = job;
  const [bytes, bytes_done] = [items.reduce((sum, { size }) => sum + size, 0), doneOf(job)];
  const seconds = (Date.now() - job.since) / 1_000;
  const speed = state === 'running' && seconds > 0.5 ? Math.round((bytes_done - job.before) / seconds) : 0;
  const asking = items.filter((item) => item.state === 'asking');
  return {
    id,
    way,
    name: items[0]?.name ?? '',
    state,
    files: items.length,
    files_done: items.filter((item) => item.state === 'done').length,
    skipped: items.filter((item) => item.state === 'skipped').length,
    bytes,
    bytes_done,
    speed,
    seconds_left: speed > 0 ? Math.ceil((bytes - bytes_done) / speed) : null,
    asking: asking.map(({ id, name, size, modified_ms }): AskingView => ({
      item: id,
      name,
      size,
      modified_ms,
      there_size: null,
      there_modified_ms: null,
    })),
    failed: items.flatMap(({ id, name, state, error }) =>
      state === 'failed' && error ? [{ item: id, name, error }] : [],
    ),
  };
}
