/** The console's end of the handshake against the helper's, which the Rust side's vectors hold to its bytes. */

import { ed25519 } from '@noble/curves/ed25519.js';
import { expect, test } from 'vitest';
import { HelperHandshake, type HelperOutput } from '../../helper/ui/src/browser/handshake/helper';
import {
  ASK_TIME,
  ConsoleHandshake,
  STEP_TIME,
  StepError,
  type ConsoleOutput,
  type ConsoleParameters,
} from '../src/backend/web/call/handshake';

const SESSION = '00000000-0000-7000-8000-000000000001';
const RUNS = Array.from({ length: 9 }, (_, n) => `00000000-0000-7000-8000-0000000abc0${n}`);
const CONSOLE = new Uint8Array(32).fill(7);
const HELPER = new Uint8Array(32).fill(9);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

type Of<T extends ConsoleOutput['kind']> = Extract<ConsoleOutput, { kind: T }>;

class Pair {
  readonly console: ConsoleHandshake;
  readonly helper: HelperHandshake;
  readonly said: ConsoleOutput[] = [];
  readonly heard: HelperOutput[] = [];
  now = 0;
  /** What becomes of each signal on its way. */
  way: (signal: Record<string, unknown>, to: 'console' | 'helper') => Record<string, unknown> | null = (s) => s;

  constructor(change: Partial<ConsoleParameters> = {}, secret = '4QXD') {
    this.console = new ConsoleHandshake({
      session: SESSION,
      signer: {
        key: ed25519.getPublicKey(CONSOLE),
        sign: (message) => Promise.resolve(ed25519.sign(message, CONSOLE)),
      },
      introduction: { name: 'Anna', company: 'Berger', relay_pins: [], certificate: null, seat: 'browser' },
      spoken: '4QXD',
      link: null,
      pinned: null,
      failures: 0,
      random,
      ...change,
    });
    this.helper = new HelperHandshake({
      session: SESSION,
      seed: HELPER,
      secret: { knowing: 'spoken', text: secret },
      random,
    });
  }

  async pass(): Promise<void> {
    for (let silent = false; !silent;) {
      const [mine, theirs] = [this.console.poll(), this.helper.poll()];
      this.said.push(...mine);
      this.heard.push(...theirs);
      silent = mine.length + theirs.length === 0;
      for (const output of mine) if (output.kind === 'send') this.#carry(await output.signal, 'helper');
      for (const output of theirs) if (output.kind === 'send') this.#carry(output.signal, 'console');
    }
  }

  #carry(text: string, to: 'console' | 'helper'): void {
    const signal = this.way(JSON.parse(text) as Record<string, unknown>, to);
    if (signal) this[to].handle(JSON.stringify(signal), this.now);
  }

  async meet(run = 0): Promise<void> {
    this.console.greet(RUNS[run] ?? '', this.now);
    await this.pass();
  }

  last<T extends ConsoleOutput['kind']>(kind: T): Of<T> | undefined {
    return this.said.findLast((output): output is Of<T> => output.kind === kind);
  }
}

test('both ends know each other by a code and show the same words; the helper hears that a browser calls', async () => {
  const pair = new Pair();
  await pair.meet();
  const known = pair.last('known');
  const theirs = pair.heard.find((output) => output.kind === 'known');
  expect(known?.key).toEqual(ed25519.getPublicKey(HELPER));
  expect(known?.words).toHaveLength(3);
  expect(known?.words).toEqual(theirs?.words);
  expect(theirs?.introduction).toMatchObject({ name: 'Anna', seat: 'browser' });
  expect(pair.console.isKnown).toBe(true);
});

test('a question is answered by an offer, that by an answer, and a lost path is mended', async () => {
  const pair = new Pair();
  await pair.meet();
  pair.console.ask({ capabilities: ['view', 'control'], codecs: ['av1', 'h264'] }, 0);
  await pair.pass();
  const asked = pair.heard.findLast((output) => output.kind === 'asked');
  expect(asked?.ask).toEqual({ capabilities: ['view', 'control'], codecs: ['av1', 'h264'] });
  if (!asked) return;
  pair.helper.allow(asked.question);
  pair.helper.offer('v=0\r\noffer');
  await pair.pass();
  expect(pair.last('offered')).toMatchObject({ generation: 0, sdp: 'v=0\r\noffer' });
  expect(() => pair.console.answer(1, 'x')).toThrow(StepError);
  pair.console.answer(0, 'v=0\r\nanswer');
  expect(() => pair.console.answer(0, 'again')).toThrow(StepError);
  await pair.pass();
  expect(pair.heard.at(-1)).toMatchObject({ kind: 'answered', generation: 0, sdp: 'v=0\r\nanswer' });
  pair.console.mend();
  await pair.pass();
  expect(pair.heard.at(-1)?.kind).toBe('mend_asked');
  pair.console.bye('technician_ended');
  await pair.pass();
  expect(pair.heard.at(-1)).toMatchObject({ kind: 'bye', reason: 'technician_ended' });
  expect(pair.console.isKnown).toBe(false);
});

test('a no is heard, silence too, and another question may follow', async () => {
  const pair = new Pair();
  await pair.meet();
  const ask = { capabilities: ['view'] as const, codecs: ['av1'] as const };
  pair.console.ask({ capabilities: [...ask.capabilities], codecs: [...ask.codecs] }, 0);
  await pair.pass();
  const asked = pair.heard.findLast((output) => output.kind === 'asked');
  if (asked) pair.helper.decline(asked.question, 'denied');
  await pair.pass();
  expect(pair.last('declined')?.reason).toBe('denied');
  pair.console.ask({ capabilities: [...ask.capabilities], codecs: [...ask.codecs] }, 1_000);
  await pair.pass();
  pair.console.tick(1_000 + ASK_TIME);
  await pair.pass();
  expect(pair.last('declined')?.reason).toBe('no_answer');
  expect(pair.console.isKnown).toBe(true);
});

test('a wrong code is counted, and the third ends it', async () => {
  const pair = new Pair({}, 'AAAA');
  for (const run of [0, 1, 2]) await pair.meet(run);
  expect(pair.said.flatMap((output) => (output.kind === 'wrong_code' ? output.failures : []))).toEqual([1, 2, 3]);
  expect(pair.last('failed')?.reason).toBe('too_many_wrong_codes');
  expect(pair.said.some((output) => output.kind === 'known')).toBe(false);
  expect(() => pair.console.greet(RUNS[3] ?? '', 0)).toThrow(StepError);
  // A new code begins anew.
  pair.console.setSpoken('AAAA');
  expect(() => pair.console.greet(RUNS[4] ?? '', 0)).not.toThrow();
});

test('a key that is known is the only one; another is refused', async () => {
  const stranger = new Pair({ pinned: new Uint8Array(32).fill(3) });
  await stranger.meet();
  expect(stranger.last('failed')?.reason).toBe('key_changed');
  const pair = new Pair();
  await pair.meet();
  // The second run needs no code.
  await pair.meet(1);
  expect(pair.said.filter((output) => output.kind === 'known')).toHaveLength(2);
});

const doubts: [string, (signal: Record<string, unknown>) => Record<string, unknown> | null][] = [
  ['another version', (s) => (s.type === 'present' ? { ...s, version: 2 } : s)],
  ['a share that is none', (s) => (s.type === 'present' ? { ...s, share: null } : s)],
  ['a proof of nothing', (s) => (s.type === 'confirm' ? { ...s, signature: 'A'.repeat(86) } : s)],
  ['a confirmation without its code', (s) => (s.type === 'confirm' ? { ...s, mac: null } : s)],
  ['its own greeting come back', (s) => (s.type === 'present' ? { ...s, type: 'greet' } : s)],
  ['something else', (s) => (s.type === 'present' ? { type: 'what', run: s.run } : s)],
  ['another run', (s) => (s.type === 'present' ? { ...s, run: RUNS[8] } : s)],
];
test.each(doubts)('any doubt ends the run: %s', async (_, change) => {
  const pair = new Pair();
  pair.way = (signal, to) => (to === 'console' ? change(signal) : signal);
  await pair.meet();
  expect(pair.last('known')).toBeUndefined();
  expect(pair.last('failed')).toBeDefined();
});

test('a relay that puts its own key in between knows no code', async () => {
  const pair = new Pair();
  const own = ed25519.getPublicKey(new Uint8Array(32).fill(1));
  const text = btoa(String.fromCharCode(...own))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '');
  pair.way = (signal, to) => (to === 'console' && signal.type === 'present' ? { ...signal, key: text } : signal);
  await pair.meet();
  expect(pair.last('known')).toBeUndefined();
});

test('who does not answer is not waited for', () => {
  const pair = new Pair();
  pair.console.greet(RUNS[0] ?? '', 0);
  pair.console.tick(STEP_TIME - 1);
  expect(pair.console.poll().map(({ kind }) => kind)).toEqual(['send']);
  pair.console.tick(STEP_TIME);
  expect(pair.console.poll().map(({ kind }) => kind)).toEqual(['send', 'failed']);
});
