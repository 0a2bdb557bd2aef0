/**
 * The `files` channel as a page speaks it: requests out, answers in. The layout is described in
 * `deskhand_protocol::call::files`; both sides are held to it by the shared vectors.
 */

import type { EntryView } from '../../../protocol/generated/EntryView';
import type { FilesError } from '../../../protocol/generated/FilesError';
import type { HitView } from '../../../protocol/generated/HitView';
import type { PlaceView } from '../../../protocol/generated/PlaceView';
import type { Spot } from '../../../protocol/generated/Spot';
import { Malformed, Reader, Writer } from '../../../protocol/bytes';

const VERSION = 1;
const MESSAGE = 32 * 1024 + 64;
const NAME = 1_024;
const DEPTH = 64;
const DATA = 0x20;
const CREDIT = 0x21;

/** Size and time of a file: by these a half-sent one is known again. */
export interface Known {
  size: number;
  modified_ms: number;
}

export type FilesRequest =
  | { kind: 'places' }
  | { kind: 'list' | 'folder' | 'trash'; path: Spot }
  | { kind: 'search'; path: Spot; text: string }
  | { kind: 'rename'; path: Spot; name: string }
  | { kind: 'read'; path: Spot; offset: number; known: Known | null }
  | { kind: 'write'; path: Spot; known: Known; replace: boolean }
  | { kind: 'finish'; hash: Uint8Array }
  | { kind: 'cancel'; keep: boolean }
  | { kind: 'data'; offset: number; bytes: Uint8Array }
  | { kind: 'credit'; bytes: number };

export type FilesAnswer =
  | { kind: 'places'; places: PlaceView[] }
  | { kind: 'entries'; last: boolean; entries: EntryView[] }
  | { kind: 'entry'; entry: EntryView }
  | { kind: 'found'; end: 'not_yet' | 'all' | 'cut'; hits: HitView[] }
  | { kind: 'ok' }
  | { kind: 'opened'; known: Known }
  | { kind: 'ready'; offset: number }
  | { kind: 'done'; hash: Uint8Array; name: string }
  | { kind: 'error'; error: FilesError }
  | { kind: 'data'; offset: number; bytes: Uint8Array }
  | { kind: 'credit'; bytes: number };

const CODES: Readonly<Record<FilesRequest['kind'], number>> = {
  places: 0x01,
  list: 0x02,
  search: 0x04,
  folder: 0x05,
  rename: 0x06,
  trash: 0x07,
  read: 0x08,
  write: 0x09,
  finish: 0x0a,
  cancel: 0x0b,
  data: DATA,
  credit: CREDIT,
};

/** By their number on the wire. */
const ERRORS: readonly FilesError[] = [
  'not_granted',
  'not_found',
  'exists',
  'denied',
  'full',
  'outside',
  'protected',
  'not_a_file',
  'not_a_folder',
  'bad_name',
  'changed',
  'mismatch',
  'busy',
  'no_trash',
  'cancelled',
  'lost',
  'failed',
];
const PLACES: readonly PlaceView['kind'][] = ['granted', 'drive', 'home', 'desktop', 'downloads', 'documents'];
const KINDS: readonly EntryView['kind'][] = ['file', 'folder', 'link', 'other'];
const ENDS = ['not_yet', 'all', 'cut'] as const;

const utf8 = new TextEncoder();
const text8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const u64 = (out: Writer, value: number) => out.u32(value % 2 ** 32).u32(Math.floor(value / 2 ** 32));

function text(out: Writer, value: string): void {
  const bytes = utf8.encode(value);
  out.u16(bytes.length).raw(bytes);
}

function path(out: Writer, { place, names }: Spot): void {
  out.u16(place).u8(names.length);
  for (const name of names) text(out, name);
}

function known(out: Writer, { size, modified_ms }: Known): void {
  u64(out, size);
  u64(out, Math.max(0, modified_ms));
}

export function encodeRequest(id: number, request: FilesRequest): Uint8Array {
  const out = new Writer().u8(VERSION).u8(CODES[request.kind]).u32(id);
  switch (request.kind) {
    case 'places':
      break;
    case 'list':
    case 'folder':
    case 'trash':
      path(out, request.path);
      break;
    case 'search':
      path(out, request.path);
      text(out, request.text);
      break;
    case 'rename':
      path(out, request.path);
      text(out, request.name);
      break;
    case 'read':
      path(out, request.path);
      u64(out, request.offset).u8(request.known ? 1 : 0);
      if (request.known) known(out, request.known);
      break;
    case 'write':
      path(out, request.path);
      known(out, request.known);
      out.u8(request.replace ? 1 : 0);
      break;
    case 'finish':
      out.raw(request.hash);
      break;
    case 'cancel':
      out.u8(request.keep ? 1 : 0);
      break;
    case 'data': {
      // Long, and many: not byte by byte.
      const head = u64(out, request.offset).done();
      const whole = new Uint8Array(head.length + request.bytes.length);
      whole.set(head);
      whole.set(request.bytes, head.length);
      return whole;
    }
    case 'credit':
      out.u32(request.bytes);
  }
  return out.done();
}

/** Reads one answer; throws {@link Malformed}. */
export function decodeAnswer(bytes: Uint8Array): { id: number; answer: FilesAnswer } {
  const reader = new Reader(bytes, 'files message');
  reader.require(bytes.length <= MESSAGE && reader.u8() === VERSION);
  const [kind, id] = [reader.u8(), reader.u32()];
  const answer = readAnswer(kind, reader);
  reader.end();
  return { id, answer };
}

function oneOf<T>(reader: Reader, all: readonly T[]): T {
  const found = all[reader.u8()];
  reader.require(found !== undefined);
  return found as T;
}

function readName(reader: Reader): string {
  const length = reader.u16();
  reader.require(length >= 1 && length <= NAME);
  let name;
  try {
    name = text8.decode(reader.take(length));
  } catch {
    throw new Malformed('name of a file');
  }
  reader.require(name !== '.' && name !== '..' && !/[/\0]/.test(name));
  return name;
}

function readPath(reader: Reader): Spot {
  const [place, depth] = [reader.u16(), reader.u8()];
  reader.require(depth <= DEPTH);
  return { place, names: Array.from({ length: depth }, () => readName(reader)) };
}

/** A time before 1970 is as good as 1970. */
const readTime = (reader: Reader) => {
  const [low, high] = [reader.u32(), reader.i32()];
  return high < 0 ? 0 : high * 2 ** 32 + low;
};

function readEntry(reader: Reader): EntryView {
  const name = readName(reader);
  const kind = oneOf(reader, KINDS);
  const [size, modified_ms, flags] = [reader.u64(), readTime(reader), reader.u8()];
  reader.require(flags <= 1);
  return { name, kind, size, modified_ms, hidden: flags === 1 };
}

const many = <T>(reader: Reader, count: number, read: (reader: Reader) => T): T[] =>
  Array.from({ length: count }, () => read(reader));

function readAnswer(kind: number, reader: Reader): FilesAnswer {
  switch (kind) {
    case 0x41: {
      const places = many(reader, reader.u8(), () => {
        const [name, path] = [readName(reader), readPath(reader)];
        return { name, path, kind: oneOf(reader, PLACES) };
      });
      return { kind: 'places', places };
    }
    case 0x42: {
      const last = reader.u8() === 1;
      return { kind: 'entries', last, entries: many(reader, reader.u16(), readEntry) };
    }
    case 0x43:
      return { kind: 'entry', entry: readEntry(reader) };
    case 0x44: {
      const end = oneOf(reader, ENDS);
      const hits = many(reader, reader.u16(), () => {
        const [path, entry] = [readPath(reader), readEntry(reader)];
        return { folder: { place: path.place, names: path.names.slice(0, -1) }, entry };
      });
      return { kind: 'found', end, hits };
    }
    case 0x45:
      return { kind: 'ok' };
    case 0x46:
      return { kind: 'opened', known: { size: reader.u64(), modified_ms: readTime(reader) } };
    case 0x47:
      return { kind: 'ready', offset: reader.u64() };
    case 0x48:
      return { kind: 'done', hash: reader.take(32).slice(), name: readName(reader) };
    case 0x49:
      return { kind: 'error', error: oneOf(reader, ERRORS) };
    case DATA:
      return { kind: 'data', offset: reader.u64(), bytes: reader.rest().slice() };
    case CREDIT:
      return { kind: 'credit', bytes: reader.u32() };
    default:
      reader.require(false);
      return { kind: 'ok' };
  }
}
