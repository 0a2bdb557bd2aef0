/** Files of the customer in a browser: the wire, and a queue that carries one after the other. */

import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test, vi } from 'vitest';
import * as carrying from '../src/backend/web/call/carry';
import { decodeAnswer, encodeRequest } from '../src/backend/web/call/filesWire';
import type { Seat } from '../src/backend/web/call/seat';
import { Talks } from '../src/backend/web/call/talk';
import { numbered, RemoteFiles } from '../src/backend/web/files';
import { Reader, Writer } from '../src/protocol/bytes';
import type { QueueView } from '../src/protocol/generated/QueueView';

const saved = vi.hoisted(() => [] as { name: string; file: Blob }[]);
vi.mock('../src/backend/web/save', () => ({
  save: (file: Blob, name: string) => {
    saved.push({ name, file });
    return { path: name, bytes: file.size };
  },
}));

interface Vector {
  name: string;
  hex: string;
  value: { from: string };
}
const VECTORS = JSON.parse(
  readFileSync(new URL('../../server-lite/protocol/vectors/files.json', import.meta.url), 'utf8'),
) as Vector[];
const vector = (name: string) => VECTORS.find((one) => one.name === name)?.hex;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytes = (hex = '') => Uint8Array.from(Buffer.from(hex, 'hex'));

test('what is said is as the vectors have it', () => {
  expect(hex(encodeRequest(1, { kind: 'places' }))).toBe(vector('places'));
  const path = { place: 0, names: ['a', 'Größe'] };
  expect(hex(encodeRequest(2, { kind: 'list', path }))).toBe(vector('list of a folder'));
  const data = { kind: 'data', offset: 5, bytes: Uint8Array.of(104, 105) } as const;
  expect(hex(encodeRequest(3, data))).toBe(vector('bytes of a file'));
  expect(decodeAnswer(bytes(vector('credit')))).toEqual({ id: 3, answer: { kind: 'credit', bytes: 65_536 } });
  expect(decodeAnswer(bytes(vector('refused')))).toEqual({ id: 5, answer: { kind: 'error', error: 'protected' } });
  expect(decodeAnswer(bytes(vector('an entry'))).answer).toEqual({
    kind: 'entry',
    entry: { name: '.x', kind: 'folder', size: 0, modified_ms: 1_600_000_000_123, hidden: true },
  });
  for (const { hex, value } of VECTORS.filter(({ value }) => value.from === 'helper')) {
    const whole = bytes(hex);
    for (let length = 0; length < whole.length; length += 1) {
      if (whole[1] === 0x20 && length > 14) continue;
      expect(() => decodeAnswer(whole.subarray(0, length)), `${length} of ${JSON.stringify(value)}`).toThrow();
    }
  }
});

/** A helper's machine: what it was sent by name, and what it has. */
class Machine {
  readonly files = new Map<string, Uint8Array>();
  readonly #writing = new Map<number, { name: string; parts: number[] }>();
  talks!: Talks;
  live = true;
  readonly seat = {
    say: (_: string, message: Uint8Array) => {
      if (this.live) queueMicrotask(() => this.#hear(message));
      return this.live;
    },
    drained: () => Promise.resolve(),
  } as unknown as Seat;

  #answer(kind: number, id: number, rest: (out: Writer) => Writer): void {
    this.talks.heard(rest(new Writer().u8(1).u8(kind).u32(id)).done());
  }

  #hear(message: Uint8Array): void {
    const reader = new Reader(message, 'request');
    reader.u8();
    const [kind, id] = [reader.u8(), reader.u32()];
    const u64 = (out: Writer, value: number) => out.u32(value).u32(0);
    const text = (out: Writer, name: string) => out.u16(name.length).raw(new TextEncoder().encode(name));
    const path = () => {
      reader.u16();
      const names = Array.from({ length: reader.u8() }, () => new TextDecoder().decode(reader.take(reader.u16())));
      return names.at(-1) ?? '';
    };
    switch (kind) {
      case 0x02:
        this.#answer(0x42, id, (out) => {
          out.u8(1).u16(this.files.size);
          for (const [name, data] of this.files) u64(u64(text(out, name).u8(0), data.length), 7).u8(0);
          return out;
        });
        break;
      case 0x08: {
        const data = this.files.get(path()) ?? new Uint8Array();
        this.#answer(0x46, id, (out) => u64(u64(out, data.length), 7));
        for (let at = 0; at < data.length; at += 30_000) {
          this.#answer(0x20, id, (out) => u64(out, at).raw(data.subarray(at, at + 30_000)));
        }
        this.#answer(0x48, id, (out) => text(out.raw(sha256(data)), 'x'));
        break;
      }
      case 0x09: {
        const name = path();
        const [, , replace] = [reader.u64(), reader.u64(), reader.u8()];
        if (this.files.has(name) && replace === 0) this.#answer(0x49, id, (out) => out.u8(2));
        else {
          this.#writing.set(id, { name, parts: [] });
          this.#answer(0x47, id, (out) => u64(out, 0));
        }
        break;
      }
      case 0x20: {
        expect(reader.u64()).toBe(this.#writing.get(id)?.parts.length);
        const part = reader.rest();
        this.#writing.get(id)?.parts.push(...part);
        this.#answer(0x21, id, (out) => out.u32(part.length));
        break;
      }
      case 0x0a: {
        const { name = '', parts = [] } = this.#writing.get(id) ?? {};
        this.files.set(name, Uint8Array.from(parts));
        this.#answer(0x48, id, (out) => text(out.raw(sha256(Uint8Array.from(parts))), name));
      }
    }
  }
}

function start() {
  const machine = new Machine();
  let queue: QueueView = { jobs: [] };
  const files = new RemoteFiles((told) => (queue = told));
  machine.talks = new Talks(machine.seat);
  files.attach(machine.talks, carrying);
  const until = (state: string) =>
    vi.waitFor(() => expect(queue.jobs.map((job) => job.state)).toContain(state), { timeout: 20_000 });
  return { machine, files, until, queue: () => queue };
}
const HOME = { place: 0, names: [] };
const noise = Uint8Array.from({ length: 100_000 }, (_, n) => (n * 31) & 0xff);

test('what is picked arrives whole, a clash is asked about, and what is fetched is saved', async () => {
  const { machine, files, until, queue } = start();
  const picked = () => new File([noise], 'notes.txt', { lastModified: 7 });
  files.send([picked()], HOME);
  await until('done');
  expect(machine.files.get('notes.txt')).toEqual(noise);
  expect(queue().jobs[0]).toMatchObject({ way: 'send', files: 1, files_done: 1, bytes_done: 100_000 });
  files.send([picked()], HOME);
  await until('asking');
  files.choose(queue().jobs[1]?.asking[0]?.item ?? 0, 'rename', 'one');
  await vi.waitFor(() => expect([...machine.files.keys()]).toEqual(['notes.txt', 'notes (2).txt']));
  await files.fetch([{ place: 0, names: ['notes.txt'] }]);
  await vi.waitFor(() => expect(saved).toHaveLength(1));
  expect(saved[0]?.name).toBe('notes.txt');
  expect(new Uint8Array((await saved[0]?.file.arrayBuffer()) ?? new ArrayBuffer())).toEqual(noise);
});

test('what the connection took away goes on with the next one, and what is called off does not', async () => {
  const { machine, files, until } = start();
  machine.live = false;
  files.send([new File([noise], 'a.bin')], HOME);
  await new Promise((done) => setTimeout(done, 20));
  expect(machine.files.size).toBe(0);
  machine.live = true;
  machine.talks = new Talks(machine.seat);
  files.attach(machine.talks, carrying);
  await until('done');
  expect(machine.files.get('a.bin')).toEqual(noise);
  machine.live = false;
  const job = files.send([new File([noise], 'b.bin')], HOME);
  files.job(job, 'cancel');
  machine.live = true;
  files.goOn();
  await until('cancelled');
  expect(machine.files.has('b.bin')).toBe(false);
});

test('a name that is taken gets a number before its ending', () => {
  expect(numbered('notes.txt', 2)).toBe('notes (2).txt');
  expect(numbered('.profile', 3)).toBe('.profile (3)');
  expect(numbered('README', 2)).toBe('README (2)');
});
