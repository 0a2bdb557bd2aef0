/**
 * A shell without a machine behind it: a scripted backend for looking at screens and for tests of the state.
 * Never part of the product: nothing under `src` imports this folder.
 */

import { PRESETS } from '../src/backend/web/presets';
import type { AccountsBackend } from '../src/backend/accounts';
import { ABILITIES, type Ability, type Backend, type BackendEvent, type Preference } from '../src/backend/backend';
import type { Boot } from '../src/protocol/generated/Boot';
import type { CallState } from '../src/protocol/generated/CallState';
import type { Capability } from '../src/protocol/generated/Capability';
import type { Preset } from '../src/protocol/generated/Preset';
import type { ChatMarks } from '../src/protocol/generated/ChatMarks';
import type { ChatMessage } from '../src/protocol/generated/ChatMessage';
import type { ClipboardWay } from '../src/protocol/generated/ClipboardWay';
import type { Fellow } from '../src/protocol/generated/Fellow';
import type { Deed } from '../src/protocol/generated/Deed';
import type { DeviceRecord } from '../src/protocol/generated/DeviceRecord';
import type { InvitationView } from '../src/protocol/generated/InvitationView';
import type { Brand } from '../src/protocol/generated/Brand';
import type { HelpRequest } from '../src/protocol/generated/HelpRequest';
import type { Marks } from '../src/protocol/generated/Marks';
import type { Platform } from '../src/protocol/generated/Platform';
import type { TemplateRecord } from '../src/protocol/generated/TemplateRecord';
import type { Wrapping } from '../src/backend/packages';
import type { ReachView } from '../src/protocol/generated/ReachView';
import type { SelfTestView } from '../src/protocol/generated/SelfTestView';
import type { AuditQuery } from '../src/protocol/generated/AuditQuery';
import type { AuditLine } from '../src/protocol/generated/AuditLine';
import type { DeviceEdit } from '../src/protocol/generated/DeviceEdit';
import type { SessionEventRecord } from '../src/protocol/generated/SessionEventRecord';
import type { SessionFilter } from '../src/protocol/generated/SessionFilter';
import type { SessionQuery } from '../src/protocol/generated/SessionQuery';
import type { RoomOrder } from '../src/protocol/generated/RoomOrder';
import type { SessionRecord } from '../src/protocol/generated/SessionRecord';
import { FakeFiles } from './fake-files';
import { FakeFirm } from './fake-firm';
import { FakeRelays } from './fake-relays';
import { FakeShell } from './fake-shell';
import type { TimelineEntry } from '../src/protocol/generated/TimelineEntry';
import type { TimelinePlace } from '../src/protocol/generated/TimelinePlace';
import { count } from './figures';

/** An id that says which one it is. */
export const id = (n: number) => `00000000-0000-7000-8000-${n.toString().padStart(12, '0')}`;

/** 2026-03-02 10:00 UTC, so that what is shown does not change. */
export const EARLY = Date.UTC(2026, 2, 2, 10);

export function session(n: number, change: Partial<SessionRecord> = {}): SessionRecord {
  return {
    id: id(n),
    status: 'open',
    customer: `Customer ${n}`,
    machine: null,
    technician: id(900),
    technician_name: 'Anna Berger',
    joins: null,
    invited_by: null,
    conversation: id(500 + n),
    device: null,
    helper_key: null,
    host: null,
    os: null,
    location: null,
    tags: [],
    notes: '',
    viewers: [],
    via: 'program' as const,
    helper_online: false,
    granted: [],
    created_at: EARLY + n * 1_000,
    code_expires_at: null,
    waiting_at: null,
    started_at: null,
    ended_at: null,
    end_reason: null,
    last_active_at: EARLY + n * 1_000,
    duration_ms: null,
    ...change,
  };
}

export function device(n: number, change: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    id: id(600 + n),
    key: 'key',
    customer: null,
    machine: null,
    address: null,
    location: null,
    tags: [],
    notes: '',
    host: `pc-${n}`,
    os: 'Debian GNU/Linux 12',
    arch: 'x86_64',
    helper_version: '0.1.0',
    first_seen: EARLY,
    last_seen: EARLY,
    online: false,
    ...change,
  };
}

export function template(n: number, change: Partial<TemplateRecord> = {}): TemplateRecord {
  return {
    id: id(200 + n),
    platform: 'linux_x64',
    version: '0.1.0',
    size: 12_400_000,
    sha256: 'x',
    sha256_hex: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    added_at: EARLY,
    added_by: '',
    shipped: true,
    current: true,
    seen: true,
    ...change,
  };
}

export function boot(change: Partial<Boot> = {}): Boot {
  return {
    technician: { id: id(900), key: 'key', name: 'Anna Berger', company: 'Berger IT Support' },
    relay: {
      place: 'inside',
      connected: true,
      address: 'http://127.0.0.1:47000',
      public_addresses: [],
      lan_error: null,
    },
    presets: [...PRESETS],
    warnings: [],
    version: '0.1.0',
    ...change,
  };
}

/** An argument as a test reads it. */
function describe(arg: unknown): string {
  if (typeof arg === 'function') return 'listener';
  return typeof arg === 'object' && arg !== null && !Array.isArray(arg)
    ? Object.values(arg).map(String).join(' ')
    : String(arg);
}

/** Answers from what it is given, and keeps what it was asked. */
export class FakeBackend implements Backend {
  readonly files = new FakeFiles();
  readonly firm = new FakeFirm();
  relays: FakeRelays | null = new FakeRelays(() => this.first);
  readonly shell = new FakeShell();
  /** What a desktop can, unless a test says otherwise. */
  can: ReadonlySet<Ability> = new Set(ABILITIES.filter((ability) => ability !== 'picked_files'));
  accounts: AccountsBackend | null = null;
  readonly asked: string[] = [];
  readonly inputs: { channel: string; message: Uint8Array }[] = [];
  answers: Partial<Backend> = {};
  records: SessionRecord[] = [];
  known: DeviceRecord[] = [];
  stored: ChatMessage[] = [];
  /** `null` of a relay that keeps none. */
  marks: ChatMarks | null = { technician: { delivered: 0, read: 0 }, customer: { delivered: 0, read: 0 } };
  happened: SessionEventRecord[] = [];
  past: TimelineEntry[] = [];
  log: AuditLine[] = [];
  kept: TemplateRecord[] = [];
  asking: HelpRequest[] = [];
  shown: Brand = { name: '', colour: null, logo: null, welcome: '' };
  calls = new Map<string, CallState>();
  first: Boot = boot();
  reach: ReachView = { outside: null, nearby: null };
  found: SelfTestView = {
    address: 'https://192.168.178.20:47443',
    proxy: null,
    port: 'relay',
    tls: 'own',
    udp: true,
    by_udp_ms: 310,
    by_tls_ms: 420,
    clock_ms: null,
    link: 'MZXW6YTBOI',
    links: ['https://192.168.178.20:47443/reach/MZXW6YTBOI'],
  };
  #tell: (event: BackendEvent) => void = () => undefined;
  #watcher: (message: Uint8Array) => void = () => undefined;

  /** The shell tells something. */
  tell(event: BackendEvent): void {
    this.#tell(event);
  }

  /** The shell hands over a raw message of a watched session. */
  show(message: Uint8Array): void {
    this.#watcher(message);
  }

  #invite(session: SessionRecord): InvitationView {
    const relay = this.first.relay.public_addresses[0];
    return {
      session,
      preset: 'help',
      code: 'K7MP-4QXD',
      code_expires_at: Date.now() + 14.6 * 60_000,
      call: `${relay ?? '127.0.0.1:47000'} K7MP-4QXD`,
      link: `https://${relay ?? '127.0.0.1:47000'}/s/4Q8RZ2M9KD#k=0Jm2Vb7yQe1sXw9uFh3gRt5cLp8aNd6zKo4iYl2vBqE`,
      only_this_computer: !relay,
    };
  }

  async #answer<K extends Exclude<keyof Backend, 'files' | 'firm' | 'relays' | 'shell' | 'can' | 'accounts'>>(
    method: K,
    args: Parameters<Backend[K]>,
    otherwise: () => Awaited<ReturnType<Backend[K]>>,
  ): Promise<Awaited<ReturnType<Backend[K]>>> {
    this.asked.push([method, ...args.map((arg) => describe(arg))].join(' '));
    const scripted = this.answers[method] as ((...args: unknown[]) => ReturnType<Backend[K]>) | undefined;
    await Promise.resolve();
    return await (scripted ? scripted(...args) : otherwise());
  }

  boot = () => this.#answer('boot', [], () => this.first);
  subscribe = (listener: (event: BackendEvent) => void) => {
    this.#tell = listener;
    return this.#answer('subscribe', [listener], () => undefined);
  };
  setUp = (name: string, company: string) =>
    this.#answer(
      'setUp',
      [name, company],
      () => (this.first = boot({ technician: { id: id(900), key: 'key', name, company } })),
    );
  joinRelay = (name: string, company: string, address: string, token: string) =>
    this.#answer('joinRelay', [name, company, address, token], () => {
      const relay = { ...this.first.relay, place: 'elsewhere' as const, address, public_addresses: [address] };
      return (this.first = boot({ technician: { id: id(900), key: 'key', name, company }, relay }));
    });
  openLan = () => this.#answer('openLan', [], () => this.#relay(['192.168.178.20:47443']));
  closeLan = () => this.#answer('closeLan', [], () => this.#relay([]));
  #relay(public_addresses: string[]) {
    this.first = { ...this.first, relay: { ...this.first.relay, public_addresses } };
    return this.first.relay;
  }
  selfTest = () => this.#answer('selfTest', [], () => this.found);
  linkOpened = (link: string) => this.#answer('linkOpened', [link], () => this.reach);
  createSession = (customer: string, machine: string | null, preset: Preset, lifeMs?: number) =>
    this.#answer(
      'createSession',
      lifeMs === undefined ? [customer, machine, preset] : [customer, machine, preset, lifeMs],
      () => {
        const made = session(100 + this.records.length, { customer, machine, created_at: Date.now() });
        this.records.unshift(made);
        return this.#invite(made);
      },
    );
  invitation = (of: string) =>
    this.#answer('invitation', [of], () => {
      const found = this.records.find((record) => record.id === of);
      return found ? this.#invite(found) : null;
    });
  sessionByCode = (typed: string) =>
    this.#answer('sessionByCode', [typed], () => {
      const bare = (text: string) => text.toUpperCase().replace(/[^0-9A-Z]/g, '');
      return this.records.find((record) => bare(this.#invite(record).code ?? '') === bare(typed))?.id ?? null;
    });
  renewCode = (of: string) => this.#answer('renewCode', [of], () => this.#invite(session(1)));
  savePackage = (of: string, wrapping?: Wrapping) =>
    this.#answer('savePackage', wrapping ? [of, wrapping] : [of], () => ({
      path: '/home/anna/Downloads/Support for Weber.zip',
      bytes: 5_312_000,
    }));
  saveProgram = (of: string, platform: Platform | null) =>
    this.#answer('saveProgram', [of, platform], () => ({
      path: '/home/anna/Downloads/deskhand_help.example.org_K7MP-4QXD_8N2RZ2M9KD0VQ3TB5X.exe',
      bytes: 14_100_000,
    }));
  openMail = (draft: string) => this.#answer('openMail', [draft], () => undefined);
  templates = () => this.#answer('templates', [], () => [...this.kept]);
  templatesSeen = () =>
    this.#answer('templatesSeen', [], () => {
      this.kept = this.kept.map((kept) => ({ ...kept, seen: kept.seen || kept.current }));
      return [...this.kept];
    });
  beginUpload = (size: number) => this.#answer('beginUpload', [size], () => id(300));
  uploadPart = (upload: string, at: number, part: Uint8Array) =>
    this.#answer('uploadPart', [upload, at, part], () => at + part.length);
  finishUpload = (upload: string) =>
    this.#answer('finishUpload', [upload], () => {
      const made = template(40 + this.kept.length, { platform: 'windows_x64', version: '0.3.0', seen: true });
      this.kept = [
        made,
        ...this.kept.map((kept) => (kept.platform === made.platform ? { ...kept, current: false } : kept)),
      ];
      return made;
    });
  useTemplate = (of: string) =>
    this.#answer('useTemplate', [of], () => {
      const used = this.kept.find((kept) => kept.id === of) ?? template(1);
      this.kept = this.kept.map((kept) =>
        kept.platform === used.platform ? { ...kept, current: kept.id === of } : kept,
      );
      return { ...used, current: true };
    });
  requests = () => this.#answer('requests', [], () => [...this.asking]);
  takeRequest = (of: string) =>
    this.#answer('takeRequest', [of], () => {
      const asked = this.asking.find((request) => request.id === of);
      this.asking = this.asking.filter((request) => request.id !== of);
      if (asked) this.tell({ kind: 'request', request: { ...asked, closed_at: Date.now() } });
      const made = session(100 + this.records.length, { customer: asked?.name ?? '', created_at: Date.now() });
      this.records.unshift(made);
      return this.#invite(made);
    });
  putRequestAside = (of: string) =>
    this.#answer('putRequestAside', [of], () => (this.asking = this.asking.filter((request) => request.id !== of)));
  brand = () => this.#answer('brand', [], () => this.shown);
  setBrand = (brand: Brand) => this.#answer('setBrand', [brand], () => (this.shown = brand));
  showInFolder = (path: string) => this.#answer('showInFolder', [path], () => undefined);
  sessions = (limit: number, before?: string) =>
    this.#answer('sessions', before === undefined ? [limit] : [limit, before], () => {
      const from = before === undefined ? 0 : this.records.findIndex((record) => record.id === before) + 1;
      return this.records.slice(from, from + limit);
    });
  #left(filter: SessionFilter): SessionRecord[] {
    const words = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    return this.records.filter((one) => {
      const text = [one.customer, one.machine, one.host, one.id, one.notes].join('\n').toLowerCase();
      return (
        words.every((word) => text.includes(word)) &&
        (filter.statuses.length === 0 || filter.statuses.includes(one.status)) &&
        (filter.customer === null || one.customer === filter.customer) &&
        (filter.tag === null || one.tags.includes(filter.tag)) &&
        (filter.technician === null || one.technician === filter.technician) &&
        (filter.device === null || one.device === filter.device) &&
        (filter.from === null || one.created_at >= filter.from) &&
        (filter.to === null || one.created_at < filter.to)
      );
    });
  }
  searchSessions = (query: SessionQuery) =>
    this.#answer('searchSessions', [query], () => {
      const key = (one: SessionRecord) =>
        query.sort === 'host' ? (one.host ?? '') : query.sort === 'customer' ? one.customer : one.created_at;
      const left = this.#left(query.filter).sort((a, b) => (key(a) < key(b) ? -1 : 1));
      if (query.order === 'descending') left.reverse();
      const from = query.after === null ? 0 : left.findIndex(({ id }) => id === query.after) + 1;
      return { sessions: left.slice(from, from + query.limit), total: query.after === null ? left.length : null };
    });
  editSession = (of: string, edit: { tags: string[] | null; notes: string | null }) =>
    this.#answer('editSession', [of, edit], () => {
      const at = this.records.findIndex(({ id }) => id === of);
      const before = this.records[at] ?? session(1);
      const after = { ...before, tags: edit.tags ?? before.tags, notes: edit.notes ?? before.notes };
      this.records[at] = after;
      this.tell({ kind: 'session', session: after });
      return after;
    });
  deleteSession = (of: string) =>
    this.#answer('deleteSession', [of], () => {
      this.records = this.records.filter(({ id }) => id !== of);
      this.tell({ kind: 'session_removed', session: of });
    });
  sessionEvents = (of: string) => this.#answer('sessionEvents', [of], () => this.happened);
  exportSessions = (filter: SessionFilter, format: 'csv' | 'xlsx', headings: string[]) =>
    this.#answer('exportSessions', [filter, format, headings], () => ({
      path: `/home/anna/Downloads/deskhand-sessions.${format}`,
      bytes: 48_200,
    }));
  facets = () =>
    this.#answer('facets', [], () => ({
      customers: [...new Set(this.records.map(({ customer }) => customer))].sort(),
      tags: [...new Set([...this.records, ...this.known].flatMap(({ tags }) => tags))].sort(),
      technicians: [{ id: id(900), name: 'Anna Berger' }],
    }));
  devices = (limit: number, after?: string) =>
    this.#answer('devices', after === undefined ? [limit] : [limit, after], () =>
      [...this.known]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .filter((one) => after === undefined || one.id > after)
        .slice(0, limit),
    );
  editDevices = (ids: string[], edit: DeviceEdit) =>
    this.#answer('editDevices', [ids, edit], () => {
      this.known = this.known.map((one) => {
        if (!ids.includes(one.id)) return one;
        const after = {
          ...one,
          customer: edit.customer === null ? one.customer : edit.customer || null,
          machine: edit.machine === null ? one.machine : edit.machine || null,
          notes: edit.notes ?? one.notes,
          tags: [...new Set([...one.tags, ...edit.add_tags])].filter((tag) => !edit.remove_tags.includes(tag)),
        };
        this.tell({ kind: 'device', device: after });
        return after;
      });
      return ids.length;
    });
  removeDevices = (ids: string[]) =>
    this.#answer('removeDevices', [ids], () => {
      this.known = this.known.filter((one) => !ids.includes(one.id));
      for (const device of ids) this.tell({ kind: 'device_removed', device });
      return ids.length;
    });
  timeline = (device: string, before?: TimelinePlace) =>
    this.#answer('timeline', before === undefined ? [device] : [device, before], () =>
      before === undefined ? this.past : [],
    );
  statistics = (query: { filter: SessionFilter; edges: number[] }) =>
    this.#answer('statistics', [query], () =>
      count(this.#left({ ...query.filter, from: query.edges[0] ?? null, to: query.edges.at(-1) ?? null }), query.edges),
    );
  searchAudit = (query: AuditQuery) =>
    this.#answer('searchAudit', [query], () => ({
      lines: this.log.filter(({ row }) => query.before === null || row.seq < query.before).slice(0, query.limit),
    }));
  exportAudit = (filter: unknown, headings: string[]) =>
    this.#answer('exportAudit', [filter as never, headings], () => ({
      path: '/home/anna/Downloads/deskhand-audit.csv',
      bytes: 9_100,
    }));
  messages = (of: string) => this.#answer('messages', [of], () => ({ messages: [...this.stored], marks: this.marks }));
  markChat = (of: string, marks: Marks) => this.#answer('markChat', [of, marks], () => undefined);
  sendChat = (of: string, message: string, text: string) =>
    this.#answer('sendChat', [of, message, text], () => {
      const seq = this.stored.length + 1;
      const stored: ChatMessage = { id: message, session: of, seq, author: 'technician', text, sent_at: EARLY + seq };
      this.stored.push(stored);
      this.tell({ kind: 'chat', message: stored });
    });
  connect = (of: string, codecs: ('av1' | 'h264')[]) => this.#answer('connect', [of, codecs], () => undefined);
  want = (of: string, capabilities: Capability[]) => this.#answer('want', [of, capabilities], () => undefined);
  leave = (of: string) => this.#answer('leave', [of], () => undefined);
  call = (of: string) => this.#answer('call', [of], () => this.calls.get(of) ?? null);
  showMonitors = (of: string, monitors: readonly number[], focus: number) =>
    this.#answer('showMonitors', [of, monitors, focus], () => undefined);
  needKeyFrame = (of: string, monitor: number) => this.#answer('needKeyFrame', [of, monitor], () => undefined);
  prefer = (of: string, preference: Preference) => this.#answer('prefer', [of, preference], () => undefined);
  endSession = (of: string) => this.#answer('endSession', [of], () => undefined);
  canGrabKeyboard = () => Promise.resolve(true);
  grabKeyboard = () => this.#answer('grabKeyboard', [], () => undefined);
  releaseKeyboard = () => this.#answer('releaseKeyboard', [], () => undefined);
  clipboardText = () => Promise.resolve('From the clipboard');
  showSession = (of: string | null) => this.#answer('showSession', [of], () => undefined);
  pauseClipboard = (of: string, way: ClipboardWay, paused: boolean) =>
    this.#answer('pauseClipboard', [of, way, paused], () => undefined);
  paste = (of: string) => this.#answer('paste', [of], () => undefined);
  takeText = (of: string) => this.#answer('takeText', [of], () => undefined);
  fetchCopied = (of: string) => this.#answer('fetchCopied', [of], () => undefined);
  /** Who else is at the relay. */
  others: Fellow[] = [];
  colleagues = () => this.#answer('colleagues', [], () => this.others);
  inviteColleague = (of: string, technician: string) =>
    this.#answer('inviteColleague', [of, technician], () => 'K7MP-4QXD');
  joinCall = (of: string, code: string) => this.#answer('joinCall', [of, code], () => undefined);
  attended = (of: string) => this.#answer('attended', [of], () => undefined);
  room = (of: string, order: RoomOrder) => this.#answer('room', [of, order], () => undefined);
  doDeed = (of: string, deed: Deed) => this.#answer('doDeed', [of, deed], () => undefined);
  listPrograms = (of: string) => this.#answer('listPrograms', [of], () => undefined);
  systemFacts = (of: string) => this.#answer('systemFacts', [of], () => undefined);
  setFullScreen = (on: boolean) => this.#answer('setFullScreen', [on], () => undefined);
  watch = (of: string, listener: (message: Uint8Array) => void) => {
    this.#watcher = listener;
    return this.#answer('watch', [of, listener], () => undefined);
  };
  unwatch = (of: string) => this.#answer('unwatch', [of], () => undefined);
  drawn = (of: string, monitor: number, seq: number) => this.#answer('drawn', [of, monitor, seq], () => undefined);
  input = (of: string, channel: 'input' | 'pointer', message: Uint8Array) =>
    this.#answer('input', [of, channel, message], () => void this.inputs.push({ channel, message }));
}
