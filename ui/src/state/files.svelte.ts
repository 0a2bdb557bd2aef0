/** The file manager of one session: a pane for each machine, and the queue between them. */

import { SvelteSet } from 'svelte/reactivity';
import { BackendError, type Backend } from '../backend/backend';
import type { Choice } from '../protocol/generated/Choice';
import type { DragNews } from '../protocol/generated/DragNews';
import type { EntryView } from '../protocol/generated/EntryView';
import type { FilesError } from '../protocol/generated/FilesError';
import type { For } from '../protocol/generated/For';
import type { JobOrder } from '../protocol/generated/JobOrder';
import type { JobView } from '../protocol/generated/JobView';
import type { PlaceView } from '../protocol/generated/PlaceView';
import type { QueueView } from '../protocol/generated/QueueView';
import type { SessionId } from '../protocol/generated/SessionId';
import type { Side } from '../protocol/generated/Side';
import type { Spot } from '../protocol/generated/Spot';

export type SortBy = 'name' | 'size' | 'modified';

/** A line of a pane; what a search found knows its folder. */
export interface Line extends EntryView {
  folder: Spot;
}

/** Why something was not done: a reason of the files, or anything else. */
export type FilesProblem = FilesError | 'other';

/** What became of files that were dragged out of the window, or is becoming of them. */
export type Handing =
  | { text: 'fetching' | 'taken' | 'refused' | 'gone' | 'stopped'; tone: 'info' | 'warn' }
  | { text: 'failed'; tone: 'bad'; error: FilesError };

export function problemOf(error: unknown): FilesProblem {
  return (error instanceof BackendError && error.file) || 'other';
}

const names = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Folders first, then by what is asked for; names decide between equals. */
export function sorted(lines: readonly Line[], by: SortBy, down: boolean): Line[] {
  const turn = down ? -1 : 1;
  const key = (line: Line) => (by === 'size' ? line.size : line.modified_ms);
  return [...lines].sort((a, b) => {
    const folders = Number(b.kind === 'folder') - Number(a.kind === 'folder');
    if (folders !== 0) return folders;
    const order = by === 'name' ? 0 : key(a) - key(b);
    return order !== 0 ? order * turn : names.compare(a.name, b.name) * (by === 'name' ? turn : 1);
  });
}

export const inside = (at: Spot, name: string): Spot => ({ place: at.place, names: [...at.names, name] });
const idOf = (line: Line) => JSON.stringify([line.folder.names, line.name]);

export class Pane {
  places = $state.raw<readonly PlaceView[]>([]);
  /** `null` until the machine has said where browsing may begin. */
  at = $state.raw<Spot | null>(null);
  /** What is shown instead of the folder. */
  found = $state.raw<{ text: string; cut: boolean } | null>(null);
  searching = $state(false);
  problem = $state.raw<FilesProblem | null>(null);
  hidden = $state(false);
  by = $state<SortBy>('name');
  down = $state(false);
  /** Where the keyboard is. */
  index = $state(0);
  readonly #selected = new SvelteSet<string>();
  #lines = $state.raw<readonly Line[]>([]);
  #anchor = 0;
  /** Counts what was asked, so that a late answer to an older question is not shown. */
  #asked = 0;

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
    readonly side: Side,
  ) {}

  readonly lines = $derived(
    sorted(this.hidden ? this.#lines : this.#lines.filter((line) => !line.hidden), this.by, this.down),
  );
  readonly selected = $derived(this.lines.filter((line) => this.#selected.has(idOf(line))));

  isSelected(line: Line): boolean {
    return this.#selected.has(idOf(line));
  }

  /** The place that the pane is in, with its name. */
  readonly place = $derived(
    this.places
      .filter(({ path }) => this.at?.place === path.place && path.names.every((name, n) => this.at?.names[n] === name))
      .sort((a, b) => b.path.names.length - a.path.names.length)[0],
  );

  /** Asks where browsing may begin and goes there, once. */
  async begin(): Promise<void> {
    if (this.at) return this.reload();
    try {
      this.places = await this.backend.files.places(this.session, this.side);
      const first = this.places[0];
      if (first) await this.go(first.path);
    } catch (error) {
      this.problem = problemOf(error);
    }
  }

  async go(at: Spot): Promise<void> {
    this.stopSearch();
    this.found = null;
    if (await this.#load(at)) {
      this.at = at;
      this.index = this.#anchor = 0;
      this.#selected.clear();
    }
  }

  async reload(): Promise<void> {
    if (this.found) return this.search(this.found.text);
    if (this.at) await this.#load(this.at);
    else await this.begin();
  }

  async #load(at: Spot): Promise<boolean> {
    const asked = (this.#asked += 1);
    try {
      const entries = await this.backend.files.list(this.session, this.side, at);
      if (asked !== this.#asked) return false;
      this.#lines = entries.map((entry) => ({ ...entry, folder: at }));
      this.problem = null;
      this.index = Math.min(this.index, Math.max(0, this.lines.length - 1));
      return true;
    } catch (error) {
      if (asked === this.#asked) this.problem = problemOf(error);
      return false;
    }
  }

  get canGoUp(): boolean {
    const top = this.places.some(({ path }) => path.place === this.at?.place && path.names.length === 0);
    return this.found !== null || (this.at !== null && this.at.names.length > 0 && top);
  }

  async up(): Promise<void> {
    const at = this.at;
    if (!at || !this.canGoUp) return;
    if (this.found) return this.go(at);
    const from = at.names.at(-1);
    await this.go({ place: at.place, names: at.names.slice(0, -1) });
    this.index = Math.max(
      0,
      this.lines.findIndex((line) => line.name === from),
    );
  }

  async open(line: Line): Promise<void> {
    if (line.kind === 'folder' || line.kind === 'link') await this.go(inside(line.folder, line.name));
  }

  sortBy(by: SortBy): void {
    this.down = this.by === by ? !this.down : false;
    this.by = by;
  }

  /** Moves the keyboard's place; what is between it and where a selection began is selected with `extend`. */
  move(to: number, extend: boolean): void {
    this.index = Math.max(0, Math.min(this.lines.length - 1, to));
    if (extend) {
      const [from, until] = [Math.min(this.#anchor, this.index), Math.max(this.#anchor, this.index)];
      this.#select(this.lines.slice(from, until + 1));
    } else {
      this.#anchor = this.index;
      this.#select(this.lines.slice(this.index, this.index + 1));
    }
  }

  toggle(index: number): void {
    const line = this.lines[index];
    if (!line) return;
    this.index = this.#anchor = index;
    const id = idOf(line);
    if (!this.#selected.delete(id)) this.#selected.add(id);
  }

  selectAll(): void {
    this.#select(this.lines);
  }

  #select(lines: readonly Line[]): void {
    this.#selected.clear();
    for (const line of lines) this.#selected.add(idOf(line));
  }

  /** Goes to the next line that begins with this. */
  seek(start: string): void {
    const wanted = start.toLowerCase();
    const matches = (line: Line) => line.name.toLowerCase().startsWith(wanted);
    const next = this.lines.findIndex((line, n) => n > this.index && matches(line));
    const found = next >= 0 ? next : this.lines.findIndex(matches);
    if (found >= 0) this.move(found, false);
  }

  async search(text: string): Promise<void> {
    if (!this.at || text === '') return;
    const [asked, at] = [(this.#asked += 1), this.at];
    this.searching = true;
    try {
      const { hits, cut } = await this.backend.files.search(this.session, this.side, at, text);
      if (asked !== this.#asked) return;
      this.#lines = hits.map(({ folder, entry }) => ({ ...entry, folder }));
      this.found = { text, cut };
      this.problem = null;
      this.index = this.#anchor = 0;
      this.#selected.clear();
    } catch (error) {
      if (asked === this.#asked) this.problem = problemOf(error);
    } finally {
      if (asked === this.#asked) this.searching = false;
    }
  }

  stopSearch(): void {
    if (!this.searching) return;
    this.#asked += 1;
    this.searching = false;
    void this.backend.files.searchStop(this.session, this.side).catch(() => undefined);
  }

  async makeFolder(name: string): Promise<boolean> {
    const at = this.at;
    return at !== null && this.#do(() => this.backend.files.makeFolder(this.session, this.side, inside(at, name)));
  }

  rename(line: Line, name: string): Promise<boolean> {
    return this.#do(() => this.backend.files.rename(this.session, this.side, inside(line.folder, line.name), name));
  }

  trash(lines: readonly Line[]): Promise<boolean> {
    const spots = lines.map((line) => inside(line.folder, line.name));
    return this.#do(() => this.backend.files.trash(this.session, this.side, spots));
  }

  /** Does it and shows what has become of the folder. */
  async #do(what: () => Promise<void>): Promise<boolean> {
    let problem: FilesProblem | null = null;
    try {
      await what();
    } catch (error) {
      problem = problemOf(error);
    }
    await this.reload();
    if (problem) this.problem = problem;
    return problem === null;
  }
}

export class Files {
  readonly local: Pane;
  readonly remote: Pane;
  jobs = $state.raw<readonly JobView[]>([]);
  problem = $state.raw<FilesProblem | null>(null);
  /** Where files of the system are held over the page. */
  held = $state.raw<{ x: number; y: number } | null>(null);
  handing = $state.raw<Handing | null>(null);
  /** Set by the screen while something is dragged by the system: where it is, and that it is over. */
  dragTold: (news: DragNews) => void = () => undefined;
  /** Set by the screen: what is at a point of the page. */
  droppedAt: (x: number, y: number) => void = () => undefined;

  /** The system has let go of so many files over the page, or holds them there; at no place, no more. */
  tellDropped(at: readonly [number, number] | null, count: number): void {
    this.held = at && count === 0 ? { x: at[0], y: at[1] } : null;
    if (at && count > 0) this.droppedAt(at[0], at[1]);
  }

  constructor(
    private readonly backend: Backend,
    private readonly session: SessionId,
  ) {
    this.local = new Pane(backend, session, 'local');
    this.remote = new Pane(backend, session, 'remote');
  }

  pane(side: Side): Pane {
    return side === 'local' ? this.local : this.remote;
  }

  /** An event told how the queue is. A job that has ended has changed its goal. */
  tell(queue: QueueView): void {
    const before = new Map(this.jobs.map((job) => [job.id, job]));
    this.jobs = queue.jobs;
    for (const job of queue.jobs) {
      const moved = before.get(job.id)?.files_done !== job.files_done;
      const ended = before.get(job.id)?.state !== job.state && ['done', 'failed', 'cancelled'].includes(job.state);
      const goal = job.way === 'send' ? this.remote : this.local;
      if (goal.at && !goal.found && (ended || (moved && job.files <= 50))) void goal.reload();
    }
  }

  /** Copies what is selected in a pane into the folder of the other one. */
  async carry(from: Side): Promise<void> {
    const into = this.pane(from === 'local' ? 'remote' : 'local').at;
    const what = this.pane(from).selected.map((line) => inside(line.folder, line.name));
    if (into && what.length > 0) await this.#do(() => this.backend.files.carry(this.session, from, what, into));
  }

  /** What was picked or dropped in the page goes into the customer's folder. */
  async sendPicked(files: readonly File[]): Promise<void> {
    const into = this.remote.at;
    if (into && files.length > 0) await this.#do(() => this.backend.files.sendPicked(this.session, files, into));
  }

  /** What is selected of the customer's comes to this browser's downloads. */
  async download(): Promise<void> {
    const what = this.remote.selected.map((line) => inside(line.folder, line.name));
    const nowhere = { place: 0, names: [] };
    if (what.length > 0) await this.#do(() => this.backend.files.carry(this.session, 'remote', what, nowhere));
  }

  /** Files of the system were dropped on the customer's pane. */
  async sendDropped(): Promise<void> {
    const into = this.remote.at;
    if (into) await this.#do(() => this.backend.files.sendDropped(this.session, into));
  }

  /** Lets the system go on with a drag of what is selected in a pane. False: it goes on in the page, as before. */
  async dragOut(from: Side): Promise<boolean> {
    const what = this.pane(from).selected.map((line) => inside(line.folder, line.name));
    if (what.length === 0) return false;
    this.handing = null;
    let taken = false;
    await this.#do(async () => (taken = await this.backend.files.dragOut(this.session, from, what)));
    return taken;
  }

  stopDrag(): Promise<void> {
    return this.#do(() => this.backend.files.stopDrag());
  }

  /** An event told of a drag by the system. */
  tellDrag(news: DragNews): void {
    const fetched = this.handing?.text === 'fetching';
    switch (news.news) {
      case 'over':
      case 'let_go':
        break;
      case 'failed':
        this.handing = { text: 'failed', tone: 'bad', error: news.error };
        break;
      case 'fetching':
        this.handing = { text: 'fetching', tone: 'info' };
        break;
      case 'taken':
        this.handing = { text: 'taken', tone: 'info' };
        break;
      case 'stopped':
        this.handing = fetched ? { text: 'stopped', tone: 'warn' } : null;
        break;
      case 'refused':
      case 'gone':
        this.handing = { text: news.news, tone: 'warn' };
        break;
    }
    this.dragTold(news);
  }

  job(job: number, order: JobOrder): Promise<void> {
    return this.#do(() => this.backend.files.job(this.session, job, order));
  }

  choose(item: number, choice: Choice, scope: For): Promise<void> {
    return this.#do(() => this.backend.files.choose(this.session, item, choice, scope));
  }

  async #do(what: () => Promise<unknown>): Promise<void> {
    this.problem = null;
    try {
      await what();
    } catch (error) {
      this.problem = problemOf(error);
    }
  }
}
