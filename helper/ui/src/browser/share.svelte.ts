/**
 * One call of a page: it takes the helper's part, and can do nothing but show. Decides when the customer is asked, what
 * his answer means and when all is over; the connections are handed to it.
 *
 * Invariants: nothing is shown, and no address leaves, before the customer's click on *Allow* and his choice in the
 * browser's own window; no answer and a closed page are a no; who was allowed is let back in only while the same sharing
 * stands, by the same proven key; nothing but `view` is ever granted.
 */

import type { AttentionView, ChatLine, Marks, Problem, TechnicianView, WaitsFor } from '../generated';
import type { Action } from '../generated';
import { readControl } from './control';
import { Malformed, newId, toBase64 } from '../../../../server-lite/link/page/encode';
import { HelperHandshake, StepError, type HelperOutput, type Question } from './handshake/helper';
import {
  PROTOCOL_VERSION,
  type Ask,
  type EndReason,
  type RefuseReason,
  type VideoCodec,
} from '../../../../server-lite/link/page/signal';
import type { Claimed, Detour, LinkEvent, RelayLink, Refusal } from './link';
import { NoCodec, type Peer, type PeerEvent } from './peer';

/** How long the customer has to answer, in milliseconds. */
export const CONSENT_TIME = 60_000;
/** How much longer his choice in the browser's own window may take; the console waits for it no longer than that. */
const CHOOSING_TIME = 15_000;
/** How long *Allow* stays inactive. */
export const ALLOW_DELAY = 1_000;
/** The hard end of a session. */
const HARD_END = 8 * 3_600_000;
/** How long a session goes on in which the technician does nothing. */
const IDLE_END = 3_600_000;
/** How long a lost technician is waited for. */
const RECONNECT_GRACE = 120_000;
/** How often the technician can be called; also how long it is said that he has seen it. */
export const ATTENTION_PAUSE = 10_000;
/** How often the time is looked at. */
const TICK = 250;
/** Looks between two statements of the picture. */
const STATS_EVERY = 4;

/** What is shown. */
export type Source = 'screen' | 'camera';

export type Stage =
  /** The secret half of a spoken code is missing. */
  | 'code'
  | 'calling'
  | 'waiting'
  | 'known'
  | 'asking'
  /** The browser's own window is open. */
  | 'choosing'
  | 'connecting'
  | 'live'
  | 'away'
  | 'ended';

/** What is to be answered. */
export interface Asked {
  number: number;
  /** When no answer is a no. */
  until: number;
  /** Whether he has not said yes before. */
  first: boolean;
  /** Whether *Allow* can be clicked. */
  active: boolean;
}

/** The world outside. */
export interface House {
  now: () => number;
  random: (length: number) => Uint8Array;
  dial: (handed: {
    key: Uint8Array;
    sign: (message: Uint8Array) => Uint8Array;
    tell: (event: LinkEvent) => void;
  }) => Pick<RelayLink, 'send' | 'doubt' | 'close'>;
  /** Opens the browser's own window; must be called in the customer's click. Refused: the promise fails. */
  pick: (source: Source) => Promise<MediaStreamTrack>;
  connect: (
    track: MediaStreamTrack,
    asked: readonly VideoCodec[],
    servers: RTCIceServer[],
    tell: (event: PeerEvent) => void,
  ) => PeerLike;
  /** The relay's STUN and TURN servers, as this page reaches them. */
  servers: (detour: Detour) => RTCIceServer[];
}

export type PeerLike = Pick<Peer, 'codec' | 'offer' | 'answer' | 'say' | 'show' | 'prefer' | 'sent' | 'close'>;

export interface ShareParameters {
  source: Source;
  finder: string;
  /** The relay's host and port. */
  relay: string;
  house: House;
}

interface Sharing {
  track: MediaStreamTrack;
  /** By whom it may be seen. */
  key: Uint8Array;
}

const PROBLEMS: Record<Refusal, Problem | null> = {
  invalid_code: 'invalid_code',
  session_ended: null,
  version: 'version',
  replaced: 'no_connection',
  not_proven: 'not_proven',
};

const REFUSED: Record<RefuseReason, Problem> = {
  version: 'version',
  wrong_code: 'wrong_code',
  too_many_wrong_codes: 'too_many_wrong_codes',
  key_changed: 'not_proven',
  bad_proof: 'not_proven',
  relay_certificate: 'wrong_relay',
  not_certified: 'not_proven',
  no_reply: 'no_connection',
};

export class Share {
  stage = $state<Stage>('calling');
  problem = $state<Problem | null>(null);
  technician = $state.raw<TechnicianView | null>(null);
  asked = $state.raw<Asked | null>(null);
  paused = $state(false);
  chat = $state.raw<ChatLine[]>([]);
  canChat = $state(false);
  /** How far the technicians have taken in what the customer wrote. */
  marks = $state.raw<Marks>({ delivered: 0, read: 0 });
  ended = $state<EndReason | null>(null);
  waitsFor = $state<WaitsFor | null>(null);
  /** When the session ends whatever happens. */
  hardEndAt = $state<number | null>(null);
  /** What became of calling the technician. */
  attention = $state<AttentionView>('quiet');
  /** What the customer sees of what he shows. */
  shown = $state.raw<MediaStreamTrack | null>(null);

  readonly source: Source;
  readonly #parameters: ShareParameters;
  readonly #seed: Uint8Array;
  #link: ReturnType<House['dial']> | null = null;
  #secret: { knowing: 'spoken' | 'link'; text: string } | null = null;
  #handshake: HelperHandshake | null = null;
  #question: { nonce: Question; ask: Ask; until: number } | null = null;
  #questions = 0;
  #detour: Detour | null = null;
  #sharing: Sharing | null = null;
  #peer: PeerLike | null = null;
  #heard = false;
  /** Whether the technician looks. */
  #watching = true;
  #lostAt: number | null = null;
  #touchedAt = 0;
  /** When the technician was called last, and when he saw it. */
  #calledAt: number | null = null;
  #seenAt: number | null = null;
  /** Up to where the chat was before the customer's eyes, and what the relay was told of it. */
  #read = 0;
  #saidMarks: Marks = { delivered: 0, read: 0 };
  #size = '';
  #ticks = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(parameters: ShareParameters) {
    this.#parameters = parameters;
    this.source = parameters.source;
    this.#seed = parameters.house.random(32);
    if (parameters.finder.length <= 4) this.stage = 'code';
  }

  /** Calls with the secret half of the code. */
  call(text: string): void {
    if (this.#link) return;
    const secret = read(text);
    if (!secret) {
      this.problem = 'bad_code';
      return;
    }
    this.problem = null;
    this.#secret = secret;
    this.stage = 'calling';
    const { house, relay } = this.#parameters;
    // The session is not known yet: this handshake is for the key only.
    const own = new HelperHandshake({ session: '', seed: this.#seed, secret, random: house.random });
    this.#link = house.dial({ key: own.key, sign: (message) => own.sign(message), tell: (event) => this.#told(event) });
    this.technician = {
      name: '',
      company: '',
      relay,
      online: false,
      words: [],
      words_match: false,
      remembered: false,
      company_checked: false,
      seat: 'desktop',
    };
    this.#clock = setInterval(() => this.#tick(), TICK);
  }

  /** What the customer did. */
  act(action: Action): void {
    switch (action.kind) {
      case 'words_match':
        if (this.technician) this.technician = { ...this.technician, words_match: true };
        return;
      case 'words_differ':
      case 'end':
        return this.end('customer_ended');
      case 'stop_and_report': {
        const key = this.#handshake?.pinned;
        this.#report({ kind: 'reported', technician: key ? toBase64(key) : null });
        return this.end('reported');
      }
      case 'allow':
        if (this.asked?.number === action.question && this.asked.active) void this.#allow();
        return;
      case 'deny':
        if (this.asked?.number === action.question) this.#deny('denied');
        return;
      case 'consent_shown':
        this.#activate(action.question);
        return;
      case 'chat':
        return this.#write(action.text);
      case 'chat_seen':
        this.#read = Math.max(this.#read, action.up_to);
        return this.#sayMarks();
      case 'attention':
        return this.#call();
      case 'pause':
      case 'resume':
        return this.#pause(action.kind === 'pause');
      default:
    }
  }

  #call(): void {
    const now = this.#now();
    const soon = this.#calledAt !== null && now < this.#calledAt + ATTENTION_PAUSE;
    if (soon || this.stage !== 'live') return;
    this.#peer?.say({ type: 'attention' });
    this.#calledAt = now;
    this.#seenAt = null;
    this.#tellAttention(now);
  }

  #tellAttention(now: number): void {
    const [called, seen] = [this.#calledAt, this.#seenAt];
    if (called === null || this.stage !== 'live') this.attention = 'quiet';
    else if (seen !== null) this.attention = now < Math.max(seen, called) + ATTENTION_PAUSE ? 'seen' : 'quiet';
    else this.attention = now < called + ATTENTION_PAUSE ? 'asked' : 'unanswered';
  }

  /** The network has changed. */
  doubt(): void {
    this.#link?.doubt();
  }

  /** Ends everything, and says so to whom it can be said. */
  end(reason: EndReason): void {
    if (this.stage === 'ended') return;
    this.#peer?.say({ type: 'ended', reason });
    this.#handshake?.bye(reason);
    this.#drain();
    this.#report({ kind: 'ended', reason });
    this.#over(reason);
  }

  #over(reason: EndReason): void {
    this.stage = 'ended';
    this.ended = reason;
    this.asked = null;
    this.canChat = false;
    this.hardEndAt = null;
    clearInterval(this.#clock);
    this.#stopShowing();
    this.#link?.close();
  }

  #stopShowing(): void {
    this.#dropPeer();
    const track = this.#sharing?.track;
    if (track) {
      track.onended = null;
      track.stop();
    }
    this.#sharing = null;
    this.shown = null;
    this.#lostAt = null;
  }

  #dropPeer(): void {
    // Last words are given a moment to leave.
    const peer = this.#peer;
    this.#peer = null;
    this.#heard = false;
    if (peer) setTimeout(() => peer.close(), 200);
  }

  #now(): number {
    return this.#parameters.house.now();
  }

  #told(event: LinkEvent): void {
    if (this.stage === 'ended') return;
    switch (event.kind) {
      case 'claimed':
        return this.#claimed(event.claimed);
      case 'signal':
        this.#handshake?.handle(event.signal, this.#now());
        return this.#drain();
      case 'detour':
        this.#detour = event.detour;
        return;
      case 'chat':
        if (!event.line.mine) this.#touchedAt = this.#now();
        this.#keep([event.line]);
        return this.#sayMarks();
      case 'marks':
        return this.#takeMarks(event.marks);
      case 'console':
        if (this.technician) this.technician = { ...this.technician, online: event.online };
        return;
      case 'ended':
        return this.#over(event.reason);
      case 'slow_down':
        this.problem = 'too_many';
        return;
      case 'lost':
        this.canChat = false;
        if (this.stage === 'calling') this.problem = 'no_relay';
        return;
      case 'refused':
        this.problem = PROBLEMS[event.reason];
        return this.#over(event.reason === 'session_ended' ? 'interrupted' : 'expired');
    }
  }

  #claimed(claimed: Claimed): void {
    const { house } = this.#parameters;
    if (!this.#secret || !this.technician) return;
    if (this.problem === 'no_relay' || this.problem === 'too_many') this.problem = null;
    const first = this.#handshake === null;
    const { session } = claimed;
    this.#handshake ??= new HelperHandshake({ session, seed: this.#seed, secret: this.#secret, random: house.random });
    const { name, company } = this.#handshake.pinned ? this.technician : claimed;
    this.technician = { ...this.technician, name, company, online: claimed.online };
    this.canChat = true;
    this.#keep(claimed.messages);
    for (const line of this.chat) if (line.seq === null) this.#sendChat(line);
    this.#takeMarks(claimed.marks);
    // What was said before may not have arrived.
    this.#saidMarks = { delivered: 0, read: 0 };
    this.#sayMarks();
    if (first) {
      this.#touchedAt = this.#now();
      if (this.stage === 'calling') this.stage = 'waiting';
    } else if (this.stage === 'live') {
      // The relay may have been away: it is told anew how things are.
      this.#report({ kind: 'live' });
      if (this.paused) this.#report({ kind: 'paused', paused: true });
    } else if (this.stage === 'away') {
      this.#report({ kind: 'connection_lost' });
    }
  }

  #drain(): void {
    for (const output of this.#handshake?.poll() ?? []) this.#carryOut(output);
  }

  #carryOut(output: HelperOutput): void {
    switch (output.kind) {
      case 'send':
        this.#link?.send({ type: 'signal', signal: output.signal });
        return;
      case 'greeted':
        this.#question = null;
        if (this.asked) this.#unask();
        return;
      case 'known': {
        const { name, company } = output.introduction;
        const seat = output.introduction.seat ?? 'desktop';
        if (this.technician) this.technician = { ...this.technician, name, company, seat, words: output.words };
        this.problem = null;
        if (this.stage === 'waiting') this.stage = 'known';
        return;
      }
      case 'asked':
        return this.#askedFor(output.question, output.ask);
      case 'answered':
        void this.#peer?.answer(output.sdp).catch(() => this.#lose());
        return;
      case 'mend_asked':
        void this.#mend();
        return;
      case 'bye':
        this.#report({ kind: 'ended', reason: output.reason });
        return this.#over(output.reason);
      case 'wrong_code':
        return;
      case 'failed':
        // A connection that stands is not touched by what happens at the relay.
        if (this.#sharing) return;
        this.problem = output.reason === 'no_reply' ? null : REFUSED[output.reason];
        if (this.stage === 'known' || this.stage === 'asking') this.stage = 'waiting';
    }
  }

  #askedFor(nonce: Question, ask: Ask): void {
    const handshake = this.#handshake;
    if (!handshake) return;
    const until = this.#now() + CONSENT_TIME;
    this.#question = { nonce, ask, until };
    if (!ask.capabilities.includes('view')) return this.#decline('nothing_to_grant');
    const key = handshake.pinned;
    if (this.#sharing && key && toBase64(this.#sharing.key) === toBase64(key)) {
      // The same technician comes back to what he was shown.
      if (this.paused) return this.#decline('paused');
      handshake.allow(nonce);
      void this.#offer();
      return;
    }
    this.#questions += 1;
    this.asked = { number: this.#questions, until, first: this.hardEndAt === null, active: false };
    this.stage = 'asking';
  }

  /** The question stands on the screen: a click that was meant for something else must not be an answer. */
  #activate(number: number): void {
    setTimeout(() => {
      if (this.asked?.number === number) this.asked = { ...this.asked, active: true };
    }, ALLOW_DELAY);
  }

  #unask(): void {
    this.asked = null;
    if (this.stage === 'asking') this.stage = this.#handshake?.isKnown ? 'known' : 'waiting';
  }

  #decline(reason: 'denied' | 'no_answer' | 'nothing_to_grant' | 'paused'): void {
    const question = this.#question;
    this.#question = null;
    if (!question) return;
    try {
      this.#handshake?.decline(question.nonce, reason);
    } catch (error) {
      // It is no longer the one that is asked.
      if (!(error instanceof StepError)) throw error;
    }
    this.#drain();
  }

  #deny(reason: 'denied' | 'no_answer'): void {
    this.#decline(reason);
    this.#report({ kind: 'consent', asked: ['view'], granted: [], answer: reason });
    this.stage = 'asking';
    this.#unask();
  }

  /** *Allow* was clicked: the browser asks what is to be shown. */
  async #allow(): Promise<void> {
    const { house } = this.#parameters;
    const picked = house.pick(this.source);
    this.asked = null;
    this.stage = 'choosing';
    let track: MediaStreamTrack;
    try {
      track = await picked;
    } catch (error) {
      if (this.#isOver()) return;
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      this.problem = refused ? null : 'no_capture';
      this.#deny('denied');
      return;
    }
    const key = this.#handshake?.pinned;
    const late = this.#question !== null && this.#now() > this.#question.until + CHOOSING_TIME;
    if (this.#isOver() || !this.#question || !key || late) {
      track.stop();
      if (!this.#isOver()) this.#deny('no_answer');
      return;
    }
    this.problem = null;
    this.#sharing = { track, key };
    this.shown = track;
    this.paused = false;
    // The browser's own bar has a stop of its own.
    track.onended = () => this.end('customer_ended');
    this.hardEndAt ??= this.#now() + HARD_END;
    this.#touchedAt = this.#now();
    this.#report({ kind: 'consent', asked: ['view'], granted: ['view'], answer: 'allowed' });
    try {
      this.#handshake?.allow(this.#question.nonce);
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
    }
    await this.#offer();
  }

  /** Offers a connection of its own, in place of any other. */
  async #offer(): Promise<void> {
    const { house } = this.#parameters;
    const [sharing, question] = [this.#sharing, this.#question];
    if (!sharing || !question) return;
    this.#peer?.close();
    this.#heard = false;
    if (this.stage !== 'away') this.stage = 'connecting';
    const servers = this.#detour ? house.servers(this.#detour) : [];
    let peer: PeerLike | null = null;
    try {
      const made = house.connect(sharing.track, question.ask.codecs, servers, (event) => {
        if (this.#peer === made) this.#happened(event);
      });
      peer = made;
      this.#peer = made;
      const sdp = await made.offer(servers, false);
      if (this.#peer === made) this.#handshake?.offer(sdp);
    } catch (error) {
      if (!(error instanceof NoCodec || error instanceof StepError || error instanceof DOMException)) throw error;
      if (peer === null || this.#peer === peer) this.#lose();
    }
    this.#drain();
  }

  /** Looks for another path. */
  async #mend(): Promise<void> {
    const peer = this.#peer;
    if (!peer || !this.#detour) return;
    try {
      const sdp = await peer.offer(this.#parameters.house.servers(this.#detour), true);
      if (this.#peer === peer) this.#handshake?.offer(sdp);
    } catch (error) {
      if (!(error instanceof StepError || error instanceof DOMException)) throw error;
    }
    this.#drain();
  }

  #happened(event: PeerEvent): void {
    switch (event.kind) {
      case 'message':
        try {
          return this.#hear(event.text);
        } catch (error) {
          if (!(error instanceof Malformed)) throw error;
          // The technician's end breaks a rule: nothing of it is believed any more.
          this.#peer?.say({ type: 'error', error: { code: 'malformed', detail: 'that is no message of a console' } });
          return this.#lose();
        }
      case 'up':
        if (this.stage === 'away' && this.#heard) this.#back();
        return;
      case 'down':
        return this.#away('path');
      case 'failed':
        this.#away('path');
        this.#link?.doubt();
        return;
      case 'closed':
        return this.#lose();
    }
  }

  #hear(text: string): void {
    const message = readControl(text);
    if (!this.#heard && message.type !== 'hello' && message.type !== 'end') throw new Malformed();
    this.#touchedAt = this.#now();
    const peer = this.#peer;
    if (!peer) return;
    switch (message.type) {
      case 'hello':
        if (this.#heard) throw new Malformed();
        this.#heard = true;
        this.#watching = true;
        peer.say({
          type: 'hello',
          version: PROTOCOL_VERSION,
          monitors: [this.#monitor()],
          shown: [0],
          granted: ['view'],
          codec: peer.codec,
        });
        return this.#back();
      case 'prefer':
        void peer.prefer(message.preference).catch(() => undefined);
        return;
      case 'watch':
        this.#watching = message.watching;
        void peer.show(this.#watching && !this.paused).catch(() => undefined);
        return;
      case 'want':
        peer.say({ type: 'declined', reason: 'nothing_to_grant' });
        return;
      case 'beyond':
        peer.say({ type: 'error', error: { code: 'not_granted', detail: 'a page in a browser can only show' } });
        return;
      case 'attended':
        if (this.#calledAt !== null) this.#seenAt ??= this.#now();
        return this.#tellAttention(this.#now());
      case 'leave':
        return this.#lose();
      case 'end':
        this.#report({ kind: 'ended', reason: 'technician_ended' });
        return this.#over('technician_ended');
      case 'nothing':
    }
  }

  /** The picture is on its way. */
  #back(): void {
    this.stage = 'live';
    this.waitsFor = null;
    this.#lostAt = null;
    this.#report({ kind: 'live' });
    this.#tellGrant();
    if (this.paused) this.#report({ kind: 'paused', paused: true });
  }

  #tellGrant(): void {
    const stopped = this.paused ? 'paused' : null;
    this.#peer?.say({ type: 'granted', granted: ['view'], held: [], stopped, asking: [], may_return: false });
    void this.#peer?.show(this.#watching && !this.paused).catch(() => undefined);
  }

  #pause(paused: boolean): void {
    if (!this.#sharing || this.paused === paused) return;
    this.paused = paused;
    this.#report({ kind: 'paused', paused });
    this.#tellGrant();
  }

  #away(waitsFor: WaitsFor): void {
    if (this.stage === 'ended' || !this.#sharing) return;
    if (this.#lostAt === null) {
      this.#lostAt = this.#now();
      this.#report({ kind: 'connection_lost' });
    }
    this.stage = 'away';
    this.waitsFor = waitsFor;
  }

  /** The connection is gone; the technician may come back by a new one. */
  #lose(): void {
    this.#dropPeer();
    this.#away('technician');
  }

  #tick(): void {
    const now = this.#now();
    this.#handshake?.tick(now);
    this.#drain();
    this.#tellAttention(now);
    if (this.asked && now >= this.asked.until) this.#deny('no_answer');
    if (this.#lostAt !== null && now >= this.#lostAt + RECONNECT_GRACE) return this.end('interrupted');
    if (this.hardEndAt !== null && now >= this.hardEndAt) return this.end('hard_end');
    if (this.#sharing && now >= this.#touchedAt + IDLE_END) return this.end('idle_end');
    this.#ticks += 1;
    if (this.stage === 'live' && this.#ticks % STATS_EVERY === 0) void this.#tellPicture();
  }

  async #tellPicture(): Promise<void> {
    const peer = this.#peer;
    if (!peer) return;
    const monitor = this.#monitor();
    const size = `${monitor.width}x${monitor.height}`;
    if (size !== this.#size) {
      this.#size = size;
      peer.say({ type: 'monitors', monitors: [monitor], shown: [0] });
    }
    const sent = await peer.sent().catch(() => null);
    if (!sent || this.#peer !== peer) return;
    const stats = {
      captured: sent.pictures,
      sent: sent.pictures,
      bytes: sent.bytes,
      capture_ms: 0,
      encode_ms: sent.encode_ms,
      tiles: 0,
      tile_bytes: 0,
      exact: false,
      frame_rate: 30,
      scale_percent: 100,
      limit: 'none',
    };
    peer.say({ type: 'stats', stats });
  }

  /** What is shown, as the one monitor that there is. */
  #monitor(): Record<string, unknown> & { width: number; height: number } {
    const settings = this.#sharing?.track.getSettings() ?? {};
    const edge = (value: number | undefined, otherwise: number): number =>
      value === undefined || !(value >= 1) ? otherwise : Math.min(Math.round(value), 0xffff);
    const names: Record<string, string> = { monitor: 'Screen', window: 'Window', browser: 'Browser tab' };
    const name = this.source === 'camera' ? 'Camera' : (names[settings.displaySurface ?? ''] ?? 'Screen');
    const [width, height] = [edge(settings.width, 1280), edge(settings.height, 720)];
    return { index: 0, name, x: 0, y: 0, width, height, primary: true, scale_percent: 100, rotation: 'upright' };
  }

  #isOver(): boolean {
    return this.stage === 'ended';
  }

  #report(report: Record<string, unknown>): void {
    this.#link?.send({ type: 'report', report });
  }

  #write(text: string): void {
    const { now, random } = this.#parameters.house;
    const line = { id: newId(now(), random(16)), seq: null, mine: true, text, sent_at: null };
    this.#keep([line]);
    this.#sendChat(line);
  }

  #sendChat(line: ChatLine): void {
    this.#link?.send({ type: 'chat', id: line.id, text: line.text });
  }

  /** The technicians have come so far; what is less than before is old news. */
  #takeMarks({ delivered, read }: Marks): void {
    this.marks = { delivered: Math.max(this.marks.delivered, delivered), read: Math.max(this.marks.read, read) };
  }

  /** Tells the relay how far the customer has taken the chat in, if that is more than it was told. */
  #sayMarks(): void {
    const theirs = this.chat.flatMap((line) => (line.mine || line.seq === null ? [] : [line.seq]));
    const delivered = Math.max(0, ...theirs);
    const read = Math.max(0, ...theirs.filter((seq) => seq <= this.#read));
    if (delivered === this.#saidMarks.delivered && read === this.#saidMarks.read) return;
    const marks = { delivered, read };
    // What cannot be sent now is said with the next claim.
    if (this.#link?.send({ type: 'chat_marks', marks })) this.#saidMarks = marks;
  }

  /** Takes lines in: each once, in the relay's order, those that are on their way last. */
  #keep(lines: ChatLine[]): void {
    const all = new Map(this.chat.map((line) => [line.id, line]));
    for (const line of lines) all.set(line.id, line);
    const place = (line: ChatLine): number => line.seq ?? Number.MAX_SAFE_INTEGER;
    this.chat = [...all.values()].sort((one, other) => place(one) - place(other));
  }
}

const SYMBOLS = /^[0-9A-HJKMNP-TV-Z]+$/;

/** The secret half of a code as it is typed or stands in a link: four signs, or those of a link. */
export function read(text: string): { knowing: 'spoken' | 'link'; text: string } | null {
  const plain = text
    .replaceAll(/[-\s\u00a0]/g, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  if (!SYMBOLS.test(plain)) return null;
  // Who types the whole code is understood too.
  if (plain.length === 4 || plain.length === 8) return { knowing: 'spoken', text: plain.slice(-4) };
  return plain.length === 26 ? { knowing: 'link', text: plain } : null;
}
