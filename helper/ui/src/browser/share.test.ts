/** A page's call, against the words that a console has really said. */

import { hexToBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import vectors from '../../../../server-lite/link/vectors/handshake.json?raw';
import said from '../../../../server-lite/protocol/vectors/control.json?raw';
import { readControl } from './control';
import type { LinkEvent } from './link';
import type { PeerEvent } from './peer';
import { ATTENTION_PAUSE, CONSENT_TIME, read, Share, type House } from './share.svelte';

interface Step {
  signal?: { type: string };
  outputs: { kind: string; signal?: { type: string }; words?: string[] }[];
}

interface Story {
  name: string;
  session: string;
  seed: string;
  secret: { text: string };
  random: string[];
  steps: Step[];
}

const stories = JSON.parse(vectors) as Story[];
const whole = stories.find((story) => story.name.startsWith('a link leads to a call'));
if (!whole) throw new Error('the story is gone');
const story: Story = whole;

/** What the console says by this name; the `nth` of them. */
function says(type: string, nth = 0): string {
  const step = story.steps.filter(({ signal }) => signal?.type === type)[nth];
  if (!step?.signal) throw new Error(`nobody says ${type}`);
  return JSON.stringify(step.signal);
}

/** What the helper answers by this name. */
function answers(type: string, nth = 0): unknown {
  const all = story.steps
    .flatMap(({ outputs }) => outputs.map(({ signal }) => signal))
    .filter((one) => one?.type === type);
  return all[nth];
}

const NONE = { delivered: 0, read: 0 };

class Track {
  onended: (() => void) | null = null;
  stopped = false;
  settings = { width: 1920, height: 1080, displaySurface: 'monitor' };
  stop(): void {
    this.stopped = true;
  }
  getSettings(): unknown {
    return this.settings;
  }
}

class FakePeer {
  readonly codec = 'av1' as const;
  said: Record<string, unknown>[] = [];
  answered: string[] = [];
  shown: boolean[] = [];
  closed = false;
  offers = ['v=0 offer', 'v=0 another path'];
  constructor(readonly tell: (event: PeerEvent) => void) {}
  offer = (): Promise<string> => Promise.resolve(this.offers.shift() ?? '');
  answer = (sdp: string): Promise<void> => Promise.resolve(void this.answered.push(sdp));
  say = (message: unknown): void => void this.said.push(message as Record<string, unknown>);
  show = (shown: boolean): Promise<void> => Promise.resolve(void this.shown.push(shown));
  prefer = (): Promise<void> => Promise.resolve();
  sent = () => Promise.resolve({ pictures: 3, bytes: 900, encode_ms: 2 });
  close = (): void => void (this.closed = true);
}

class Stage {
  readonly sent: Record<string, unknown>[] = [];
  readonly peers: FakePeer[] = [];
  readonly track = new Track();
  picked = 0;
  refuse = false;
  tell: (event: LinkEvent) => void = () => undefined;
  readonly share: Share;

  constructor() {
    const random = [story.seed, ...story.random].map(hexToBytes);
    const house: House = {
      now: () => Date.now(),
      random: (length) => random.shift() ?? new Uint8Array(length),
      dial: ({ tell }) => {
        this.tell = tell;
        return { send: (message) => this.sent.push(message) > 0, doubt: () => undefined, close: () => undefined };
      },
      pick: () => {
        this.picked += 1;
        if (this.refuse) return Promise.reject(new DOMException('no', 'NotAllowedError'));
        return Promise.resolve(this.track as unknown as MediaStreamTrack);
      },
      connect: (_, __, ___, tell) => {
        const peer = new FakePeer(tell);
        this.peers.push(peer);
        return peer;
      },
      servers: () => [],
    };
    this.share = new Share({ source: 'screen', finder: '0123456789ABCDEF', relay: 'help.example.org', house });
    this.share.call(story.secret.text);
    const { session } = story;
    const claimed = { session, name: 'Mara', company: 'IT', messages: [], marks: NONE, online: true };
    this.tell({ kind: 'claimed', claimed });
  }

  hears(type: string, nth = 0): void {
    this.tell({ kind: 'signal', signal: says(type, nth) });
  }

  /** The signals that were sent. */
  get signals(): unknown[] {
    return this.sent
      .filter(({ type }) => type === 'signal')
      .map(({ signal }) => JSON.parse(signal as string) as unknown);
  }

  get reports(): unknown[] {
    return this.sent.filter(({ type }) => type === 'report').map(({ report }) => report);
  }

  asked(): this {
    this.hears('greet');
    this.hears('reveal');
    this.hears('ask');
    return this;
  }

  async allows(): Promise<void> {
    const question = this.share.asked?.number ?? 0;
    this.share.act({ kind: 'consent_shown', question });
    await vi.advanceTimersByTimeAsync(1_000);
    this.share.act({ kind: 'allow', question, capabilities: ['view'], may_return: false });
    await vi.advanceTimersByTimeAsync(0);
  }

  async live(): Promise<FakePeer> {
    this.asked();
    await this.allows();
    this.hears('answer');
    const peer = this.peers.at(-1);
    if (!peer) throw new Error('no connection');
    peer.tell({ kind: 'up' });
    peer.tell({ kind: 'message', text: '{"type":"hello","version":1}' });
    await vi.advanceTimersByTimeAsync(0);
    return peer;
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('nothing leaves before the customer has said yes and has chosen', async () => {
  const stage = new Stage();
  stage.hears('greet');
  stage.hears('reveal');
  expect(stage.share.stage).toBe('known');
  const known = story.steps.flatMap(({ outputs }) => outputs).find(({ kind }) => kind === 'known');
  expect(stage.share.technician).toMatchObject({ name: 'Mara Weber', words: known?.words, words_match: false });
  stage.hears('ask');
  expect(stage.share.stage).toBe('asking');
  const question = stage.share.asked?.number ?? 0;
  // A click before the question has stood there for a second is no answer.
  stage.share.act({ kind: 'allow', question, capabilities: ['view'], may_return: false });
  stage.share.act({ kind: 'consent_shown', question });
  await vi.advanceTimersByTimeAsync(900);
  stage.share.act({ kind: 'allow', question, capabilities: ['view'], may_return: false });
  expect([stage.picked, stage.peers.length]).toEqual([0, 0]);
  await vi.advanceTimersByTimeAsync(200);
  stage.share.act({ kind: 'allow', question: question + 1, capabilities: ['view'], may_return: false });
  expect(stage.picked).toBe(0);
  stage.share.act({ kind: 'allow', question, capabilities: ['view'], may_return: false });
  await vi.advanceTimersByTimeAsync(0);
  expect(stage.signals).toEqual([answers('present'), answers('confirm'), answers('offer')]);
  expect(stage.reports).toEqual([{ kind: 'consent', asked: ['view'], granted: ['view'], answer: 'allowed' }]);
});

test('a call with two paths goes as it was written down, and the technician ends it', async () => {
  const stage = new Stage();
  const peer = await stage.live();
  expect(stage.share.stage).toBe('live');
  expect(peer.answered).toEqual(['v=0 answer']);
  expect(peer.said[0]).toMatchObject({ type: 'hello', granted: ['view'], shown: [0], codec: 'av1' });
  expect(peer.said[0]?.['monitors']).toMatchObject([{ index: 0, width: 1920, height: 1080, name: 'Screen' }]);
  expect(stage.reports).toContainEqual({ kind: 'live' });
  peer.tell({ kind: 'down' });
  expect(stage.share.stage).toBe('away');
  stage.tell({ kind: 'detour', detour: { udp: true, username: 'u', credential: 'c' } });
  stage.hears('mend');
  await vi.advanceTimersByTimeAsync(0);
  expect(stage.signals.at(-1)).toEqual(answers('offer', 1));
  stage.hears('answer', 1);
  await vi.advanceTimersByTimeAsync(0);
  expect(peer.answered).toEqual(['v=0 answer', 'v=0 another answer']);
  peer.tell({ kind: 'up' });
  expect(stage.share.stage).toBe('live');
  stage.hears('bye');
  expect([stage.share.stage, stage.share.ended, stage.track.stopped]).toEqual(['ended', 'technician_ended', true]);
});

test('every message of a console is known', () => {
  for (const message of JSON.parse(said) as unknown[]) {
    expect(() => readControl(JSON.stringify(message)), JSON.stringify(message)).not.toThrow();
  }
});

test('whatever the technician asks for, he gets the picture and no more', async () => {
  const stage = new Stage();
  const peer = await stage.live();
  const tell = (text: string): void => peer.tell({ kind: 'message', text });
  tell('{"type":"want","capabilities":["control"]}');
  expect(peer.said.at(-1)).toEqual({ type: 'declined', reason: 'nothing_to_grant' });
  const invite = '{"type":"room","act":{"kind":"invite"}}';
  for (const beyond of ['{"type":"do","deed":"restart"}', '{"type":"programs"}', '{"type":"system"}', invite]) {
    tell(beyond);
    expect(peer.said.at(-1)).toMatchObject({ type: 'error', error: { code: 'not_granted' } });
  }
  expect(peer.said.filter(({ type }) => type === 'granted').map(({ granted }) => granted)).toEqual([['view']]);
  tell('{"type":"room","act":{"kind":"pointer","at":null}}');
  expect(stage.share.stage).toBe('live');
  tell('{"type":"format_disk"}');
  expect(stage.share.stage).toBe('away');
});

test('the technician is called once in a while, and what became of it is said', async () => {
  const stage = new Stage();
  stage.share.act({ kind: 'attention' });
  expect(stage.share.attention).toBe('quiet');
  const peer = await stage.live();
  const calls = (): number => peer.said.filter(({ type }) => type === 'attention').length;
  peer.tell({ kind: 'message', text: '{"type":"attended"}' });
  expect(stage.share.attention).toBe('quiet');
  stage.share.act({ kind: 'attention' });
  stage.share.act({ kind: 'attention' });
  expect([calls(), stage.share.attention]).toEqual([1, 'asked']);
  await vi.advanceTimersByTimeAsync(ATTENTION_PAUSE + 500);
  expect(stage.share.attention).toBe('unanswered');
  stage.share.act({ kind: 'attention' });
  expect([calls(), stage.share.attention]).toEqual([2, 'asked']);
  peer.tell({ kind: 'message', text: '{"type":"attended"}' });
  expect(stage.share.attention).toBe('seen');
  await vi.advanceTimersByTimeAsync(ATTENTION_PAUSE + 500);
  expect(stage.share.attention).toBe('quiet');
});

test('a pause stops the picture, and says so', async () => {
  const stage = new Stage();
  const peer = await stage.live();
  stage.share.act({ kind: 'pause' });
  await vi.advanceTimersByTimeAsync(0);
  expect([stage.share.paused, peer.shown.at(-1)]).toEqual([true, false]);
  expect(peer.said.at(-1)).toMatchObject({ type: 'granted', stopped: 'paused' });
  peer.tell({ kind: 'message', text: '{"type":"watch","watching":true}' });
  expect(peer.shown.at(-1)).toBe(false);
  stage.share.act({ kind: 'resume' });
  expect([stage.share.paused, peer.shown.at(-1)]).toEqual([false, true]);
  expect(stage.reports.slice(-2)).toEqual([
    { kind: 'paused', paused: true },
    { kind: 'paused', paused: false },
  ]);
});

test('no answer, and nothing chosen, are a no', async () => {
  const silent = new Stage().asked();
  await vi.advanceTimersByTimeAsync(CONSENT_TIME + 500);
  expect([silent.share.stage, silent.share.asked]).toEqual(['known', null]);
  expect(silent.signals.at(-1)).toMatchObject({ type: 'decline', reason: 'no_answer' });

  const shy = new Stage().asked();
  shy.refuse = true;
  await shy.allows();
  expect(shy.share.stage).toBe('known');
  expect(shy.signals.at(-1)).toMatchObject({ type: 'decline', reason: 'denied' });
  expect(shy.reports.at(-1)).toEqual({ kind: 'consent', asked: ['view'], granted: [], answer: 'denied' });
  expect(shy.peers).toEqual([]);
});

test('what the browser itself stops, and a closed page, end the session', async () => {
  const stopped = new Stage();
  await stopped.live();
  stopped.track.onended?.();
  expect([stopped.share.ended, stopped.signals.at(-1)]).toMatchObject(['customer_ended', { type: 'bye' }]);

  const closed = new Stage();
  const peer = await closed.live();
  closed.share.end('customer_ended');
  expect(peer.said.at(-1)).toEqual({ type: 'ended', reason: 'customer_ended' });
  expect(closed.reports.at(-1)).toEqual({ kind: 'ended', reason: 'customer_ended' });
  expect(closed.track.stopped).toBe(true);
  // What comes afterwards changes nothing.
  closed.hears('bye');
  expect(closed.share.ended).toBe('customer_ended');
});

test('who does not come back is not waited for for ever', async () => {
  const stage = new Stage();
  const peer = await stage.live();
  peer.tell({ kind: 'closed' });
  expect([stage.share.stage, stage.track.stopped]).toEqual(['away', false]);
  await vi.advanceTimersByTimeAsync(121_000);
  expect([stage.share.ended, stage.track.stopped]).toEqual(['interrupted', true]);
});

test('chat is kept in order, and what could not be sent is sent again', () => {
  const stage = new Stage();
  stage.share.act({ kind: 'chat', text: 'Hello' });
  const [line] = stage.share.chat;
  expect(stage.sent.at(-1)).toEqual({ type: 'chat', id: line?.id, text: 'Hello' });
  const { session } = story;
  stage.tell({ kind: 'lost' });
  const claimed = { session, name: 'Mara', company: 'IT', messages: [], marks: NONE, online: true };
  stage.tell({ kind: 'claimed', claimed });
  expect(stage.sent.at(-1)).toEqual({ type: 'chat', id: line?.id, text: 'Hello' });
  const from = { id: '0190b0b0-0000-7000-8000-000000000000', seq: 1, mine: false, text: 'Hi', sent_at: 5 };
  stage.tell({ kind: 'chat', line: from });
  stage.tell({ kind: 'chat', line: { id: line?.id ?? '', seq: 2, mine: true, text: 'Hello', sent_at: 6 } });
  expect(stage.share.chat.map(({ text, seq }) => [text, seq])).toEqual([
    ['Hi', 1],
    ['Hello', 2],
  ]);
});

test('what came is delivered, what was before his eyes is read, and after a loss it is said again', () => {
  const stage = new Stage();
  const { session } = story;
  const said = () => stage.sent.filter(({ type }) => type === 'chat_marks').map(({ marks }) => marks);
  const from = (seq: number) => ({
    id: `0190b0b0-0000-7000-8000-00000000000${seq}`,
    seq,
    mine: false,
    text: 'Hi',
    sent_at: seq,
  });
  stage.share.act({ kind: 'chat_seen', up_to: 9 });
  stage.tell({ kind: 'chat', line: { ...from(1), mine: true } });
  expect(said()).toEqual([]);
  stage.tell({ kind: 'chat', line: from(2) });
  stage.tell({ kind: 'chat', line: from(2) });
  stage.tell({ kind: 'chat', line: from(10) });
  expect(said()).toEqual([
    { delivered: 2, read: 2 },
    { delivered: 10, read: 2 },
  ]);
  stage.share.act({ kind: 'chat_seen', up_to: 10 });
  stage.share.act({ kind: 'chat_seen', up_to: 2 });
  expect(said().slice(2)).toEqual([{ delivered: 10, read: 10 }]);
  stage.tell({ kind: 'lost' });
  const claimed = { session, name: 'Mara', company: 'IT', messages: [], online: true };
  stage.tell({ kind: 'claimed', claimed: { ...claimed, marks: { delivered: 1, read: 0 } } });
  expect(said().slice(3)).toEqual([{ delivered: 10, read: 10 }]);
  expect(stage.share.marks).toEqual({ delivered: 1, read: 0 });
  stage.tell({ kind: 'marks', marks: { delivered: 1, read: 1 } });
  stage.tell({ kind: 'marks', marks: NONE });
  expect(stage.share.marks).toEqual({ delivered: 1, read: 1 });
});

test('the secret is read as people type it', () => {
  expect(read('4qxd')).toEqual({ knowing: 'spoken', text: '4QXD' });
  expect(read(' K7MP-4QXD ')).toEqual({ knowing: 'spoken', text: '4QXD' });
  expect(read('oil0')).toEqual({ knowing: 'spoken', text: '0110' });
  expect(read('0123456789ABCDEFGHJKMNPQRS')?.knowing).toBe('link');
  for (const wrong of ['', '4QX', 'U777', '4QXD!', '0123456789']) expect(read(wrong)).toBeNull();
});
