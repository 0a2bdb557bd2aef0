/** The shell in a browser, as far as it needs none: codes, presets, the relay's answers, the socket. */

import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import * as codes from '../src/backend/web/code';
import { asBackendError, Http, Refused } from '../src/backend/web/http';
import { PRESETS } from '../src/backend/web/presets';
import { ConsoleSocket, type SocketEvent } from '../src/backend/web/socket';

test('codes are those of the protocol', async () => {
  expect(codes.encode(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff), 8)).toBe('ZZZZZZZZ');
  expect(codes.encode(Uint8Array.of(0x80), 2)).toBe('G0');
  const spoken = codes.spoken(Uint8Array.of(0, 0x44, 0x32, 0x14, 0xc7));
  expect(codes.toSpoken(spoken)).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(codes.parseSpoken(codes.toSpoken(spoken).toLowerCase())).toEqual(spoken);
  expect(codes.parseSpoken('k7mp 4oxi')).toEqual({ finder: 'K7MP', secret: '40X1' });
  for (const wrong of ['', 'K7MP', 'K7MP-4QX', 'K7MP-4QXDD', 'K7MP-4QXU', 'ÄÖÜß-4QXD']) {
    expect(codes.parseSpoken(wrong)).toBeNull();
  }
  const link = codes.link(new Uint8Array(10), new Uint8Array(16).fill(255));
  expect(codes.toLink(link, 'https://help.example.org')).toBe(
    `https://help.example.org/s/${'0'.repeat(16)}#${'Z'.repeat(25)}W`,
  );
  expect(await codes.digest('K7MP')).toMatch(/^[\w-]{43}$/);
});

test('presets ask for what works, as the protocol has it', () => {
  const source = readFileSync(new URL('../../server-lite/protocol/src/capability.rs', import.meta.url), 'utf8');
  const list = /pub const WORKING[^=]*= &\[([^\]]*)\]/.exec(source)?.[1] ?? '';
  const working = [...list.matchAll(/Capability::(\w+)/g)].map((match) =>
    (match[1] ?? '').replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase(),
  );
  expect(working.length).toBeGreaterThan(8);
  expect(PRESETS.at(-1)?.capabilities).toEqual(working.filter((one) => one !== 'record'));
  expect(PRESETS.map(({ preset }) => preset)).toEqual(['look', 'help', 'full_service']);
});

function answering(...answers: Response[]) {
  const asked: [string, RequestInit | undefined][] = [];
  const ask = ((url: string, request?: RequestInit) => {
    asked.push([url, request]);
    const answer = answers.shift();
    return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no network'));
  }) as typeof fetch;
  return { asked, ask };
}
const refusal = (status: number, code: string, detail = '', headers = {}) =>
  new Response(JSON.stringify({ code, detail }), { status, headers });

test('each request says that it is the page’s own, and refusals have words', async () => {
  const { asked, ask } = answering(
    Response.json({ fine: true }),
    refusal(401, 'unauthenticated'),
    refusal(429, 'too_many', '', { 'retry-after': '90' }),
    refusal(400, 'malformed', 'the program is not the Deskhand helper'),
    new Response('<html>', { status: 502 }),
  );
  const over = vi.fn();
  const http = new Http(over, '/api/v1/', ask);
  expect(await http.post('sessions', { a: 1 })).toEqual({ fine: true });
  expect(asked[0]?.[0]).toBe('/api/v1/sessions');
  expect(asked[0]?.[1]?.headers).toEqual({ 'content-type': 'application/json', 'x-deskhand-console': '1' });
  const failed = async () => {
    const error: unknown = await http.get('x').catch((error: unknown) => error);
    const { code, wait } = asBackendError(error, { too_many: 'locked' });
    return [code, wait];
  };
  expect(await failed()).toEqual(['signed_out', null]);
  expect(over).toHaveBeenCalledOnce();
  expect(await failed()).toEqual(['locked', 90_000]);
  expect(await failed()).toEqual(['not_our_program', null]);
  expect(await failed()).toEqual(['relay_away', null]);
  expect(await failed()).toEqual(['relay_away', null]);
  expect(asBackendError(new Refused('of a later version', '', null)).code).toBe('relay_refused');
});

class FakeSocket {
  static all: FakeSocket[] = [];
  sent: unknown[] = [];
  onopen: () => void = () => undefined;
  onmessage: (event: { data: unknown }) => void = () => undefined;
  onclose: () => void = () => undefined;
  constructor() {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    // It says nothing more.
  }
  says(message: object) {
    this.onmessage({ data: JSON.stringify(message) });
  }
}

test('the socket greets, tells, and comes back; but not to a place that is taken', () => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  const events: SocketEvent[] = [];
  const make = () => new FakeSocket() as unknown as WebSocket;
  const socket = new ConsoleSocket('wss://x', (event) => events.push(event), make);
  const [first] = FakeSocket.all;
  first?.onopen();
  expect(first?.sent).toEqual([{ type: 'hello', version: 1, marks: true }]);
  expect(socket.send({ type: 'viewing', sessions: [] })).toBe(false);
  first?.says({ type: 'welcome' });
  first?.says({ type: 'templates_updated' });
  expect(socket.send({ type: 'viewing', sessions: [] })).toBe(true);
  first?.onmessage({ data: 'no JSON' });
  vi.advanceTimersByTime(2_000);
  const second = FakeSocket.all[1];
  second?.onopen();
  second?.says({ type: 'welcome' });
  second?.says({ type: 'error', session: null, error: { code: 'replaced', detail: '' } });
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all).toHaveLength(2);
  expect(events.map(({ kind }) => kind)).toEqual(['connected', 'message', 'lost', 'connected', 'replaced']);
  vi.useRealTimers();
});
