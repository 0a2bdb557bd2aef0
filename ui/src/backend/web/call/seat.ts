/**
 * The technician's seat in one session, in a browser: carries out what the machine decides, and hands pictures to whoever
 * looks. Nothing is decided here.
 */

import type { Ask, EndReason, Introduction } from '../../../../../server-lite/link/page/signal';
import { newId } from '../../../protocol/uuid';
import { decodeCursor } from '../../../protocol/cursor';
import type { CallState } from '../../../protocol/generated/CallState';
import type { VideoCodec } from '../../../protocol/generated/VideoCodec';
import type { ChannelName } from './channels';
import { ConsoleHandshake, type ConsoleParameters } from './handshake';
import { Machine } from './machine';
import type { Live, LiveOutput } from './live';
import type { Farewell, Output, Report } from './output';
import { Pace } from './pace';
import { handsOverPictures, offeredCodec, Peer, type PeerEvent } from './peer';

/** Deadlines of a call are seconds apart; a quarter is exact enough, in milliseconds. */
const TICK = 250;
/** Remote pointers' shapes kept for a window that opens later: a desktop theme has about forty. */
const SHAPES = 64;

const CURSOR = 'C'.charCodeAt(0);
const TILES = 'T'.charCodeAt(0);

/** What the seat tells its console. Pictures and the pointer go to whoever watches. */
export type SeatEvent =
  | { kind: 'signal'; signal: string }
  | { kind: 'state'; state: CallState }
  | { kind: 'pinned'; key: Uint8Array }
  | { kind: 'wrong_code'; failures: number }
  | { kind: 'report'; report: Report }
  | { kind: 'needs_relay' }
  | Extract<LiveOutput, { kind: 'begun' | 'stats' | 'machine' | 'room' | 'clipboard' | 'files' }>;

export interface SeatParameters extends Omit<ConsoleParameters, 'random'> {
  /** The ways through the relay, as far as they are known now. */
  servers: () => RTCIceServer[];
  tell: (event: SeatEvent) => void;
}

type Outlet = (message: Uint8Array) => void;

function tagged(tag: number, message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + message.length);
  bytes[0] = tag;
  bytes.set(message, 1);
  return bytes;
}

/** What a page that decodes by WebCodecs and takes coded pictures can show. */
export const canShow = handsOverPictures;

export class Seat {
  readonly #machine: Machine;
  readonly #parameters: SeatParameters;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Signals in their order: each may wait for its signature. */
  #signals: Promise<void> = Promise.resolve();
  #peer: Peer | null = null;
  #codecs: readonly VideoCodec[] = [];
  #outlet: Outlet | null = null;
  readonly #paces = new Map<number, Pace>();
  readonly #shapes = new Map<number, Uint8Array>();
  readonly #places = new Map<number, Uint8Array>();
  #hidden: Uint8Array | null = null;
  #here: boolean | null = null;

  constructor(parameters: SeatParameters) {
    this.#parameters = parameters;
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const handshake = new ConsoleHandshake({ ...parameters, random });
    this.#machine = new Machine(handshake, newId, performance.now());
    this.#timer = setInterval(() => this.#do((machine, now) => machine.tick(now)), TICK);
  }

  get state(): CallState | null {
    return this.#machine.state;
  }

  get isWatched(): boolean {
    return this.#outlet !== null;
  }

  /** The helper's presence as the relay tells it, repeated or not: only a change is passed on. */
  helper(here: boolean): void {
    if (this.#here === here) return;
    this.#here = here;
    this.#do((machine, now) => machine.helper(here, now));
  }

  signal(text: string): void {
    this.#do((machine, now) => machine.signal(text, now));
  }

  connect(ask: Ask): void {
    this.#codecs = ask.codecs;
    this.#do((machine, now) => machine.connect(ask, now));
  }

  want(capabilities: Ask['capabilities']): void {
    this.#do((machine) => machine.want(capabilities));
  }

  leave(): void {
    this.#do((machine, now) => machine.leave(now));
  }

  prefer(preference: Parameters<Machine['prefer']>[0]): void {
    this.#do((machine) => machine.prefer(preference));
  }

  attended(): void {
    this.#do((machine) => machine.attended());
  }

  introduce(introduction: Introduction): void {
    this.#machine.introduce(introduction);
  }

  setSpoken(secret: string | null): void {
    this.#do((machine, now) => machine.setSpoken(secret, now));
  }

  /** Something on the connection that stands; throws while the call is not live. */
  live<T>(what: (live: Live, now: number) => T): T {
    return this.#do((machine, now) => what(machine.live, now));
  }

  /** Sends on a channel of a call that is live; false where there is none. */
  say(channel: ChannelName, message: Uint8Array): boolean {
    if (!this.#machine.isLive || !this.#peer?.has(channel)) return false;
    this.#peer.send(channel, message);
    return true;
  }

  /** Resolves once at most so many bytes of a channel wait. */
  async drained(channel: ChannelName, bytes: number): Promise<void> {
    await this.#peer?.drained(channel, bytes);
  }

  /** Ends the session and tells the helper, if it can be reached. */
  async end(reason: EndReason): Promise<void> {
    this.#do((machine, now) => machine.end(reason, now));
    await this.#signals;
  }

  /** The seat is given up; a farewell under way still goes. */
  close(): void {
    clearInterval(this.#timer);
    this.#peer?.close();
    this.#peer = null;
  }

  /** Somebody looks from now on; anybody else does no more. */
  watch(outlet: Outlet): void {
    for (const shape of this.#shapes.values()) outlet(tagged(CURSOR, shape));
    for (const place of this.#places.values()) outlet(tagged(CURSOR, place));
    if (this.#hidden) outlet(tagged(CURSOR, this.#hidden));
    this.#outlet = outlet;
    this.#paces.clear();
    this.#do((machine, now) => {
      machine.watch(true);
      if (machine.isLive) machine.live.needKeyFrame(null, now);
    });
  }

  unwatch(): void {
    this.#outlet = null;
    this.#do((machine) => machine.watch(false));
  }

  /** The window is done with every picture of a monitor up to this one. */
  drawn(monitor: number, seq: number): void {
    if (this.#paces.get(monitor)?.drawn(seq)) this.needKeyFrame(monitor);
  }

  needKeyFrame(monitor: number): void {
    this.#do((machine, now) => {
      if (machine.isLive) machine.live.needKeyFrame(monitor, now);
    });
  }

  #do<T>(what: (machine: Machine, now: number) => T): T {
    try {
      return what(this.#machine, performance.now());
    } finally {
      for (const output of this.#machine.poll()) this.#carryOut(output);
    }
  }

  #carryOut(output: Output): void {
    switch (output.kind) {
      case 'signal':
        this.#signals = this.#signals
          .then(async () => this.#parameters.tell({ kind: 'signal', signal: await output.signal }))
          .catch(() => undefined);
        break;
      case 'open':
        this.#open(output.generation, output.sdp);
        break;
      case 'restart':
        void this.#answer(this.#peer, output.generation, output.sdp);
        break;
      case 'close':
        this.#close(output.farewell);
        break;
      case 'say':
        this.#peer?.send(output.channel, output.message);
        break;
      case 'frame':
        this.#show(output);
        break;
      case 'tiles':
        // Also while pictures are left out: one that is newer than the key frame to come belongs over it.
        this.#outlet?.(tagged(TILES, output.message));
        break;
      case 'cursor':
        this.#point(output.message);
        break;
      case 'state':
        this.#stands(output.state);
        break;
      default:
        this.#parameters.tell(output);
    }
  }

  #stands(state: CallState): void {
    if (state.state === 'connecting' || state.state === 'reconnecting') {
      this.#shapes.clear();
      this.#places.clear();
      this.#hidden = null;
    }
    // A monitor that is shown again has another decoder, which waits for nothing of before.
    if (state.state === 'live') {
      for (const known of [...this.#paces.keys()]) if (!state.shown.includes(known)) this.#paces.delete(known);
    }
    this.#parameters.tell({ kind: 'state', state });
  }

  #show({ monitor, seq, key, message }: Extract<LiveOutput, { kind: 'frame' }>): void {
    if (!this.#outlet) return;
    const pace = this.#paces.get(monitor) ?? new Pace();
    this.#paces.set(monitor, pace);
    if (pace.passes(seq, key, message.length)) this.#outlet(message);
  }

  #point(message: Uint8Array): void {
    const said = decodeCursor(message);
    if (said.kind === 'shape') {
      this.#shapes.delete(said.id);
      const oldest = this.#shapes.keys().next().value;
      if (this.#shapes.size === SHAPES && oldest !== undefined) this.#shapes.delete(oldest);
      this.#shapes.set(said.id, message);
    } else if (said.kind === 'place') {
      this.#hidden = null;
      this.#places.set(said.monitor, message);
    } else {
      this.#places.clear();
      this.#hidden = message;
    }
    this.#outlet?.(tagged(CURSOR, message));
  }

  #open(generation: number, sdp: string): void {
    this.#peer?.close();
    this.#peer = null;
    const codec = offeredCodec(sdp, this.#codecs);
    if (!codec) return this.#do((machine, now) => machine.unanswerable(now));
    const peer: Peer = new Peer(sdp, codec, this.#parameters.servers(), (event) => this.#happened(peer, event));
    this.#peer = peer;
    void this.#answer(peer, generation, sdp);
  }

  async #answer(peer: Peer | null, generation: number, sdp: string): Promise<void> {
    if (!peer) return;
    try {
      const answer = await peer.answer(sdp, this.#parameters.servers());
      if (peer === this.#peer) this.#do((machine, now) => machine.answered(generation, answer, now));
    } catch (error) {
      console.warn('no connection can be made of this offer', error);
      if (peer === this.#peer) this.#do((machine, now) => machine.unanswerable(now));
    }
  }

  #happened(peer: Peer, event: PeerEvent): void {
    if (peer === this.#peer) this.#do((machine, now) => machine.peer(event, now));
  }

  #close(farewell: Farewell): void {
    const peer = this.#peer;
    this.#peer = null;
    const last = lastWord(farewell);
    if (peer && last) void peer.closeSaying(new TextEncoder().encode(JSON.stringify(last)));
    else peer?.close();
  }
}

function lastWord(farewell: Farewell): object | null {
  switch (farewell.kind) {
    case 'said':
      return { type: 'end' };
    case 'left':
      return { type: 'leave' };
    case 'broken':
      return { type: 'error', error: { code: farewell.code, detail: 'the helper broke a rule' } };
    case 'none':
      return null;
  }
}
