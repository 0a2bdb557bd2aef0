/**
 * Decides how a call goes on, as `deskhand_viewer::call::machine` does. Sans-IO: told what happened and when, it says
 * what to do.
 *
 * Invariants: `over` is final. A call that broke a rule is closed at once and never taken up again by itself. The customer
 * is asked only because the technician clicked; after a loss the question is repeated under the grant that stands, which
 * the helper alone judges. While the direct connection stands, nothing that happens at the relay touches it.
 */

import { PROTOCOL_VERSION } from '../../../../../server-lite/link/page/signal';
import type { Ask, EndReason, RefuseReason } from '../../../../../server-lite/link/page/signal';
import type { CallState } from '../../../protocol/generated/CallState';
import type { Preference } from '../../backend';
import { Approach } from './approach';
import { StepError, type ConsoleHandshake } from './handshake';
import { Live } from './live';
import { CallError, type Farewell } from './output';
import type { PeerEvent } from './peer';
import { Hostile, type Breach } from './screen';
import { standing, type Connection } from './standing';
import * as times from './times';

export class Machine extends Approach {
  #connection: Connection = { at: 'none' };
  #path = '';
  #greetedPeer = false;
  #live: Live;
  #watching = true;
  #preference: Preference | null = null;
  #grace = times.RECONNECT_GRACE;
  #mendAt: number | null = null;
  #over: EndReason | null = null;
  #shown = 'null';

  constructor(handshake: ConsoleHandshake, newRun: () => string, now: number) {
    super(handshake, newRun);
    this.#live = new Live(now, (output) => this.outputs.push(output));
  }

  get isLive(): boolean {
    return this.#connection.at === 'up' && this.#live.screen !== null;
  }

  /** The screen's part of the call; throws while it is not live. */
  get live(): Live {
    if (!this.isLive) throw new CallError('not_live');
    return this.#live;
  }

  /** The helper came or went, as the relay says. While the connection stands this changes nothing. */
  helper(here: boolean, now: number): void {
    this.here = here;
    if (this.#over !== null) return;
    if (this.#connection.at === 'none') {
      if (here) {
        this.tries = 0;
        this.greet(now);
      } else this.step = { at: 'idle' };
    } else if (here && this.#connection.at === 'down') this.#mend(now);
    this.#settle();
  }

  /** The technician clicked *Connect*. */
  connect(ask: Ask, now: number): void {
    if (this.#over !== null) throw new CallError('over');
    const codec = this.isLive ? this.#live.screen?.codec : undefined;
    if (codec !== undefined && !ask.codecs.includes(codec)) {
      // What comes cannot be decoded: the call goes on over a new connection with another codec.
      this.wanted = ask;
      this.#dropConnection(now);
      return this.#settle();
    }
    if (this.#connection.at !== 'none' || this.lost !== null) throw new CallError('busy');
    if (!this.here) throw new CallError('helper_away');
    this.wanted = ask;
    const { at } = this.step;
    if (at === 'known' || at === 'declined') this.ask(now);
    if (at === 'idle' || at === 'refused') {
      this.tries = 0;
      this.greet(now);
    }
    this.#settle();
  }

  /** Text from the helper by way of the relay. */
  signal(text: string, now: number): void {
    if (this.#over === null) {
      this.handshake.handle(text, now);
      this.drain(now);
    }
    this.#settle();
  }

  /** The connection that was asked for has its answer. */
  answered(generation: number, sdp: string, now: number): void {
    if (this.#over !== null) return;
    try {
      this.handshake.answer(generation, sdp);
      this.drain(now);
    } catch (error) {
      // A newer offer, or a new run, came while addresses were gathered.
      if (!(error instanceof StepError)) throw error;
    }
    this.#settle();
  }

  /** The connection could not be made of the offer. */
  unanswerable(now: number): void {
    this.#dropConnection(now);
    this.#settle();
  }

  /** Something happened to the connection. */
  peer(event: PeerEvent, now: number): void {
    if (this.#over !== null || this.#connection.at === 'none') return;
    try {
      this.#happened(event, now);
    } catch (error) {
      if (!(error instanceof Hostile)) throw error;
      this.#hostile(error.code);
    }
    this.#settle();
  }

  #happened(event: PeerEvent, now: number): void {
    switch (event.kind) {
      case 'connected':
        return this.#connected(event.path, now);
      case 'down':
        if (this.#connection.at === 'down') return;
        this.#connection = { at: 'down', since: now };
        this.#lose(now);
        return this.#mend(now);
      case 'closed':
        return this.#dropConnection(now);
      case 'violation':
        throw new Hostile('too_large');
      case 'round_trip':
        return this.#live.meter.roundTrip(event.rtt);
      case 'picture':
        return this.#live.picture(event.picture, now);
      case 'message': {
        const came = this.#live.message(event.channel, event.bytes, now);
        if (came === 'began') this.#began();
        else if (came === 'screen') this.#tryAnotherCodec(now);
        else if (came === 'restarts') this.#grace = times.RESTART_GRACE;
        else if (typeof came === 'object') this.endedByHelper(came.ended);
      }
    }
  }

  #began(): void {
    this.outputs.push({ kind: 'begun' });
    this.lost = null;
    this.#grace = times.RECONNECT_GRACE;
    if (this.#preference) this.#live.prefer(this.#preference);
    if (!this.#watching) this.#live.say({ type: 'watch', watching: false });
  }

  /** How the picture should be. Said again on each new connection. */
  prefer(preference: Preference): void {
    this.#preference = preference;
    if (this.isLive) this.#live.prefer(preference);
  }

  /** Whether anyone looks at the pictures. */
  watch(watching: boolean): void {
    const changed = this.#watching !== watching;
    this.#watching = watching;
    if (changed && this.isLive) this.#live.say({ type: 'watch', watching });
  }

  /** Asks the customer for more than is granted. */
  want(capabilities: Ask['capabilities']): void {
    if (capabilities.length === 0 || capabilities.length > 32) throw new CallError('bad_input');
    this.live.say({ type: 'want', capabilities });
    // After a loss the same is asked for as before it.
    const before = this.wanted?.capabilities ?? [];
    if (this.wanted) this.wanted = { ...this.wanted, capabilities: [...new Set([...before, ...capabilities])] };
  }

  /** The technician has seen that the customer asks for attention. */
  attended(): void {
    this.live.attended();
    this.#settle();
  }

  /** The technician leaves and means to come back. */
  leave(now: number): void {
    if (!this.isLive) throw new CallError('not_live');
    this.outputs.push({ kind: 'close', farewell: { kind: 'left' } });
    this.#connection = { at: 'none' };
    this.#forgetScreen(now);
    this.wanted = null;
    this.step = { at: 'idle' };
    this.tries = 0;
    // The keys are proven anew, so that coming back takes one click.
    this.retryAt = now + times.RETRY;
    this.#settle();
  }

  /** The technician, or the relay, ends it. */
  end(reason: EndReason, now: number): void {
    if (this.#over === null) {
      if (this.handshake.isKnown) {
        this.handshake.bye(reason);
        for (const output of this.handshake.poll()) this.pass(output);
      }
      this.#finish(reason, { kind: 'said' }, now);
    }
    this.#settle();
  }

  /** A new spoken code, or none. */
  setSpoken(secret: string | null, now: number): void {
    this.handshake.setSpoken(secret);
    if (secret !== null && this.step.at === 'refused' && this.here) this.greet(now);
    this.#settle();
  }

  /** Time has passed. */
  tick(now: number): void {
    if (this.#over !== null) return;
    this.handshake.tick(now);
    this.drain(now);
    const { at, since } = { since: now, ...this.#connection };
    if (at === 'opening' && now >= since + times.CONNECTING) this.#dropConnection(now);
    // While the helper cannot be told of a new one, the old one may still heal.
    if (at === 'down' && now >= since + times.HEALING && this.here) this.#dropConnection(now);
    if (this.lost !== null && this.#mendAt !== null && now >= this.#mendAt) this.#mend(now);
    if (this.retryAt !== null && now >= this.retryAt && this.here) this.greet(now);
    if (this.lost !== null && now >= this.lost + this.#grace) {
      this.outputs.push({ kind: 'report', report: { kind: 'ended', reason: 'interrupted' } });
      this.#finish('interrupted', { kind: 'none' }, now);
    }
    if (this.isLive) this.#live.tick(now, this.#watching);
    this.#settle();
  }

  /** Asks for another path in place of the one that is lost, if anyone can hear it. */
  #mend(now: number): void {
    this.#mendAt = now + times.MEND_AGAIN;
    // What broke the path may have broken the way to the relay, and nobody has noticed yet.
    this.outputs.push({ kind: 'needs_relay' });
    if (!this.here || this.#connection.at !== 'down') return;
    try {
      this.handshake.mend();
      this.drain(now);
    } catch (error) {
      // There is nothing to mend.
      if (!(error instanceof StepError)) throw error;
    }
  }

  protected override offered(generation: number, sdp: string, now: number): void {
    if (generation === 0) {
      this.step = { at: 'agreed' };
      this.#connection = { at: 'opening', since: now };
      this.#forgetScreen(now);
      this.outputs.push({ kind: 'open', generation, sdp });
    } else if (this.#connection.at !== 'none') {
      this.outputs.push({ kind: 'restart', generation, sdp });
    }
  }

  protected override failed(reason: RefuseReason, now: number): void {
    // A connection that stands is not touched by what happens at the relay.
    if (this.#connection.at !== 'none') return;
    const mayPass = reason === 'no_reply' || reason === 'bad_proof';
    if (mayPass && (this.lost !== null || this.tries < times.TRIES)) {
      this.step = { at: 'idle' };
      this.retryAt = now + times.RETRY;
    } else this.refuse(reason);
  }

  #connected(path: string, now: number): void {
    this.#path = path;
    this.#connection = { at: 'up' };
    if (!this.#greetedPeer) {
      this.#greetedPeer = true;
      this.#live.say({ type: 'hello', version: PROTOCOL_VERSION });
    }
    if (this.#live.screen && this.lost !== null) {
      this.lost = null;
      // Pictures were lost with the path, and who looks at them may have begun anew.
      this.#live.needKeyFrame(null, now);
    }
  }

  /** The helper cannot make the picture in time with this codec: the call goes on with another, if there is any. */
  #tryAnotherCodec(now: number): void {
    const screen = this.#live.screen;
    if (screen?.trouble !== 'no_encoder' && screen?.trouble !== 'slow_encoder') return;
    const others = this.wanted?.codecs.filter((codec) => codec !== screen.codec) ?? [];
    if (!this.wanted || others.length === 0) return;
    this.wanted = { ...this.wanted, codecs: others };
    this.#dropConnection(now);
  }

  /** The helper broke a rule: it is told which, and nothing of it is believed any more. */
  #hostile(code: Breach): void {
    this.outputs.push({ kind: 'close', farewell: { kind: 'broken', code } });
    this.#connection = { at: 'none' };
    this.#forgetScreen(0);
    this.refuse('bad_proof');
  }

  protected override endedByHelper(reason: EndReason): void {
    this.outputs.push({ kind: 'report', report: { kind: 'ended', reason } });
    this.#finish(reason, { kind: 'none' }, 0);
  }

  #finish(reason: EndReason, farewell: Farewell, now: number): void {
    if (this.#connection.at !== 'none') this.outputs.push({ kind: 'close', farewell });
    this.#connection = { at: 'none' };
    this.#over = reason;
    this.#forgetScreen(now);
  }

  #lose(now: number): void {
    if (this.lost !== null) return;
    this.lost = now;
    this.#mendAt = now;
    this.outputs.push({ kind: 'report', report: { kind: 'connection_lost' } });
  }

  /** Gives the connection up and makes a new one as soon as the helper can be reached. */
  #dropConnection(now: number): void {
    this.outputs.push({ kind: 'close', farewell: { kind: 'none' } });
    this.#connection = { at: 'none' };
    this.step = { at: 'idle' };
    this.tries = 0;
    this.#forgetScreen(now);
    this.#lose(now);
    this.retryAt = now + times.RETRY;
  }

  #forgetScreen(now: number): void {
    this.#greetedPeer = false;
    this.#live = this.#live.anew(now);
  }

  /** Tells where the call stands if that has changed. */
  #settle(): void {
    const { state } = this;
    const written = JSON.stringify(state);
    if (written === this.#shown) return;
    this.#shown = written;
    if (state) this.outputs.push({ kind: 'state', state });
  }

  /** Where the call stands; `null` while the helper has not come. */
  get state(): CallState | null {
    const { screen, attention } = this.#live;
    const live = this.#connection.at === 'up' && screen ? { ...screen, path: this.#path, attention } : null;
    return standing({
      over: this.#over,
      lost: this.lost !== null,
      live,
      connection: this.#connection,
      step: this.step,
      retries: this.retryAt !== null,
      words: this.words,
    });
  }
}
