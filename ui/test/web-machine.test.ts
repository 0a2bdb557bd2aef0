/** A call in a browser from the helper's coming to its end, without a connection: what happens, and what is to be done. */

import { ed25519 } from '@noble/curves/ed25519.js';
import { expect, test } from 'vitest';
import { HelperHandshake, type HelperOutput } from '../../helper/ui/src/browser/handshake/helper';
import { ConsoleHandshake } from '../src/backend/web/call/handshake';
import { Machine } from '../src/backend/web/call/machine';
import type { Output } from '../src/backend/web/call/output';
import { describe as answerOf, offeredCodec } from '../src/backend/web/call/peer';
import type { Handed } from '../src/backend/web/call/pictures.worker';
import { Hostile, take } from '../src/backend/web/call/screen';
import type { CallState } from '../src/protocol/generated/CallState';

const SESSION = '00000000-0000-7000-8000-000000000001';
const CONSOLE = new Uint8Array(32).fill(7);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const utf8 = new TextEncoder();
const bytes = (message: object) => utf8.encode(JSON.stringify(message));

const MONITOR = { index: 0, name: 'DP-1', x: 0, y: 0, width: 640, height: 480, primary: true, scale_percent: 100 };
const HELLO = {
  type: 'hello',
  version: 1,
  monitors: [{ ...MONITOR, rotation: 'upright' }],
  shown: [0],
  granted: ['view', 'control'],
  codec: 'av1',
};
const ASK = {
  capabilities: ['view', 'control'] as ('view' | 'control')[],
  codecs: ['av1', 'h264'] as ('av1' | 'h264')[],
};

class Call {
  now = 0;
  readonly outputs: Output[] = [];
  readonly states: CallState['state'][] = [];
  readonly machine: Machine;
  readonly helper: HelperHandshake;
  question: Uint8Array | undefined;
  #runs = 0;

  constructor() {
    const key = ed25519.getPublicKey(CONSOLE);
    const sign = (message: Uint8Array) => Promise.resolve(ed25519.sign(message, CONSOLE));
    const introduction = { name: 'Anna', company: '', relay_pins: [], certificate: null, seat: 'browser' as const };
    const known = { spoken: null, link: 'A'.repeat(26), pinned: null, failures: 0 };
    const handshake = new ConsoleHandshake({ session: SESSION, signer: { key, sign }, introduction, ...known, random });
    const newRun = () => `00000000-0000-7000-8000-${(this.#runs += 1).toString().padStart(12, '0')}`;
    this.machine = new Machine(handshake, newRun, 0);
    const secret = { knowing: 'link' as const, text: 'A'.repeat(26) };
    this.helper = new HelperHandshake({ session: SESSION, seed: new Uint8Array(32).fill(9), secret, random });
  }

  /** Carries signals until nobody says anything more. */
  async pass(): Promise<void> {
    for (let silent = false; !silent;) {
      const mine = this.machine.poll();
      const theirs: HelperOutput[] = this.helper.poll();
      this.outputs.push(...mine);
      for (const output of mine) {
        if (output.kind === 'signal') this.helper.handle(await output.signal, this.now);
        if (output.kind === 'state') this.states.push(output.state.state);
      }
      for (const output of theirs) {
        if (output.kind === 'send') this.machine.signal(output.signal, this.now);
        if (output.kind === 'asked') this.question = output.question;
      }
      silent = mine.length + theirs.length === 0;
    }
  }

  async live(): Promise<void> {
    this.machine.helper(true, this.now);
    await this.pass();
    this.machine.connect({ ...ASK }, this.now);
    await this.pass();
    this.allow();
    await this.pass();
    this.machine.answered(0, 'answer', this.now);
    this.machine.peer({ kind: 'connected', path: 'direct' }, this.now);
    this.says(HELLO);
    await this.pass();
  }

  allow(): void {
    if (this.question) this.helper.allow(this.question);
    this.helper.offer('offer');
  }

  says(message: object): void {
    this.machine.peer({ kind: 'message', channel: 'control', bytes: bytes(message) }, this.now);
  }

  picture(number: number, key: boolean): void {
    const info = { monitor: 0, width: 640, height: 480, moved: [] };
    const picture: Handed = { codec: 'av1', key, number, stamp: number, info, data: Uint8Array.of(1), size: null };
    this.machine.peer({ kind: 'picture', picture }, this.now);
  }

  /** What was said on the control channel since the last time. */
  said(): { type: string }[] {
    const all = [...this.outputs.splice(0), ...this.machine.poll()];
    return all.flatMap((output) =>
      output.kind === 'say' && output.channel === 'control'
        ? [JSON.parse(new TextDecoder().decode(output.message)) as { type: string }]
        : [],
    );
  }
}

test('a call goes live, and pictures pass from a key frame on', async () => {
  const call = new Call();
  await call.live();
  expect(call.states).toEqual(['proving', 'known', 'asking', 'connecting', 'live']);
  expect(call.outputs.some(({ kind }) => kind === 'pinned')).toBe(true);
  expect(call.said()).toEqual([{ type: 'hello', version: 1 }]);
  call.picture(0, false);
  expect(call.said()).toEqual([{ type: 'key_frame', monitor: 0 }]);
  call.picture(1, true);
  call.picture(2, false);
  const frames = call.machine.poll().filter(({ kind }) => kind === 'frame');
  expect(frames).toMatchObject([
    { seq: 2, key: true },
    { seq: 3, key: false },
  ]);
  expect(call.machine.state).toMatchObject({ state: 'live', path: 'direct', granted: ['view', 'control'] });
});

test('a lost path is mended through the relay, and then a key frame asked for', async () => {
  const call = new Call();
  await call.live();
  call.said();
  call.machine.peer({ kind: 'down' }, (call.now = 1_000));
  await call.pass();
  expect(call.states.at(-1)).toBe('reconnecting');
  expect(call.outputs.map(({ kind }) => kind)).toContain('needs_relay');
  call.helper.offer('another path');
  await call.pass();
  expect(call.outputs.findLast(({ kind }) => kind === 'restart')).toMatchObject({ generation: 1, sdp: 'another path' });
  call.outputs.length = 0;
  call.machine.peer({ kind: 'connected', path: 'turn_udp' }, (call.now = 2_000));
  await call.pass();
  expect(call.states.at(-1)).toBe('live');
  expect(call.said()).toEqual([{ type: 'key_frame', monitor: 0 }]);
});

test('a connection that is gone is made anew under the same grant, and given up in the end', async () => {
  const call = new Call();
  await call.live();
  call.machine.peer({ kind: 'closed' }, (call.now = 1_000));
  call.machine.tick((call.now = 2_000));
  await call.pass();
  expect(call.states.at(-1)).toBe('reconnecting');
  // The question is repeated without a click.
  expect(call.question).toBeDefined();
  call.allow();
  await call.pass();
  expect(call.outputs.filter(({ kind }) => kind === 'open')).toHaveLength(2);
  call.machine.helper(false, (call.now = 3_000));
  call.machine.tick((call.now = 200_000));
  await call.pass();
  expect(call.machine.state).toEqual({ state: 'over', reason: 'interrupted' });
});

test('who breaks a rule is told and believed no more', async () => {
  const call = new Call();
  await call.live();
  call.says({ type: 'monitors', monitors: [], shown: [3] });
  expect(call.machine.poll()).toContainEqual({ kind: 'close', farewell: { kind: 'broken', code: 'malformed' } });
  expect(call.machine.state).toEqual({ state: 'refused', reason: 'bad_proof' });
});

test('the customer ends it, and so does the technician', async () => {
  const call = new Call();
  await call.live();
  call.says({ type: 'ended', reason: 'customer_ended' });
  expect(call.machine.state).toEqual({ state: 'over', reason: 'customer_ended' });
  const other = new Call();
  await other.live();
  other.machine.end('technician_ended', 1);
  await other.pass();
  expect(other.outputs).toContainEqual({ kind: 'close', farewell: { kind: 'said' } });
  expect(other.helper.isKnown).toBe(false);
});

test('leaving keeps the session: one click brings back', async () => {
  const call = new Call();
  await call.live();
  call.machine.leave(1_000);
  call.machine.tick((call.now = 2_100));
  await call.pass();
  expect(call.machine.state?.state).toBe('known');
});

test('what a helper says is checked before it is believed', () => {
  const code = (message: unknown, screen = false) => {
    try {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      const told = screen ? take(null, bytes(HELLO)) : null;
      take(told?.told === 'screen' ? told.screen : null, utf8.encode(text));
      return 'fine';
    } catch (error) {
      return error instanceof Hostile ? error.code : error;
    }
  };
  expect(code(HELLO)).toBe('fine');
  expect(code(HELLO, true)).toBe('out_of_order');
  expect(code({ ...HELLO, version: 2, more: ['of another form'] })).toBe('version_unsupported');
  expect(code({ ...HELLO, shown: [1] })).toBe('malformed');
  expect(code({ ...HELLO, monitors: [{ ...MONITOR, width: 0 }] })).toBe('malformed');
  expect(code({ ...HELLO, granted: Array.from({ length: 33 }, () => 'view') })).toBe('too_large');
  expect(code({ type: 'granted', granted: [] })).toBe('out_of_order');
  expect(code({ type: 'format_disk' })).toBe('unknown_message');
  expect(code('not JSON')).toBe('malformed');
  expect(code(' '.repeat(70_000))).toBe('too_large');
  expect(code({ type: 'room', news: { kind: 'pointer', of: 1, at: { monitor: 0, x: 70_000, y: 0 } } })).toBe(
    'malformed',
  );
});

test('an answer promises a helper no requests for key frames by RTCP, and names no addresses that only its browser knows', () => {
  const sdp = [
    'v=0',
    'a=rtcp-fb:45 nack',
    'a=rtcp-fb:45 nack pli',
    'a=rtcp-fb:45 ccm fir',
    'a=rtcp-fb:45 transport-cc',
    'a=candidate:1 1 udp 2122 0f3e.local 5000 typ host',
    'a=candidate:1 1 tcp 2122 192.0.2.7 9 typ host tcptype active',
    'a=candidate:1 1 udp 2122 192.0.2.7 5000 typ srflx raddr 0.0.0.0 rport 0',
  ].join('\r\n');
  const kept = answerOf(sdp, false);
  expect(kept).not.toMatch(/pli|fir|local|tcptype/);
  expect(kept).toContain('a=rtcp-fb:45 transport-cc\r\n');
  expect(kept).toContain('srflx');
  expect(answerOf(sdp, true)).toContain('nack pli');
  expect(offeredCodec('a=rtpmap:45 AV1/90000\r\n', ['h264', 'av1'])).toBe('av1');
  expect(offeredCodec('a=rtpmap:45 AV1/90000\r\n', ['h264'])).toBeNull();
});
