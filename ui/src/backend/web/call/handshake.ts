/**
 * The console's end of the handshake, played by a page: `deskhand_link::handshake::ConsoleHandshake` in TypeScript, step
 * for step. Sans-IO: told the time, given its randomness, it answers with what is to be done.
 *
 * The page's key signs in its browser's own time: a signal to be sent is a promise, and whoever sends keeps the order.
 *
 * Invariants: known only after commitment, signature and (unless both keys were pinned) MAC have held; any doubt ends
 * the run; a key that this session has known is the only one it accepts from then on.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import * as bytes from '../../../../../server-lite/link/page/bytes';
import { Malformed, same, toBase64 } from '../../../../../server-lite/link/page/encode';
import { Pake, SCALAR_BYTES, type PakeKey } from '../../../../../server-lite/link/page/pake';
import {
  PAKE_FAILURES,
  PROTOCOL_VERSION,
  SDP_LIMIT,
  writeSignal,
  type Ask,
  type EndReason,
  type Field,
  type Introduction,
  type Knowing,
  type RefuseReason,
} from '../../../../../server-lite/link/page/signal';
import { words } from '../../../../../server-lite/link/page/words';
import { StepError, type ConsoleOutput, type ConsoleParameters } from './parameters';
import { readSignal, type FromHelper } from './signal';

export { StepError, type ConsoleOutput, type ConsoleParameters } from './parameters';

/** How long the other end may take for its next step of a proof, in milliseconds. */
export const STEP_TIME = 20_000;
/** How long the customer's answer is waited for: his own time and one step. */
export const ASK_TIME = 60_000 + STEP_TIME;
/** Earlier runs, and earlier questions of a run, whose late signals are dropped without a word. */
const REMEMBERED = 8;

/** Ends the run. */
class Doubt extends Error {
  constructor(readonly reason: RefuseReason) {
    super(reason);
  }
}

interface Asked {
  nonce: Uint8Array;
  /** Until the first answer of any kind. */
  deadline: number | null;
  offer: { generation: number; answered: boolean } | null;
}

type State =
  | { step: 'idle' }
  | { step: 'greeted'; run: string; own: bytes.Party; offered: Knowing; deadline: number }
  | {
      step: 'revealed';
      run: string;
      parties: bytes.Parties;
      transcript: Uint8Array;
      key: PakeKey | null;
      deadline: number;
    }
  | { step: 'known'; run: string; parties: bytes.Parties; question: Asked | null; past: Uint8Array[] };

type Known = Extract<State, { step: 'known' }>;
type OfHelper<T extends FromHelper['type']> = Extract<FromHelper, { type: T }>;

function verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  let fits = false;
  try {
    fits = ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    // Neither a key nor a signature.
  }
  if (!fits) throw new Doubt('bad_proof');
}

function written({ name, company, relay_pins, certificate, seat }: Introduction): object {
  return {
    name,
    company,
    relay_pins: relay_pins.map(toBase64),
    ...(certificate && { certificate: toBase64(certificate) }),
    ...(seat && { seat }),
  };
}

export class ConsoleHandshake {
  readonly #parameters: ConsoleParameters;
  #introduction: Introduction;
  #spoken: string | null;
  #pinned: Uint8Array | null;
  #failures: number;
  #state: State = { step: 'idle' };
  #past: string[] = [];
  #outputs: ConsoleOutput[] = [];

  constructor(parameters: ConsoleParameters) {
    this.#parameters = parameters;
    this.#introduction = parameters.introduction;
    this.#spoken = parameters.spoken;
    this.#pinned = parameters.pinned;
    this.#failures = parameters.failures;
  }

  get isKnown(): boolean {
    return this.#state.step === 'known';
  }

  /** What is to be done, in order; to be asked after every other call. */
  poll(): ConsoleOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** Begins a run; any run before it is void. */
  greet(run: string, now: number): void {
    this.#void();
    const offered = this.#knowing();
    const own = { key: this.#parameters.signer.key, nonce: this.#parameters.random(32) };
    this.#state = { step: 'greeted', run, own, offered, deadline: now + STEP_TIME };
    const commitment = bytes.commitment(run, own);
    this.#send('greet', run, { version: PROTOCOL_VERSION, key: own.key, commitment, knowing: offered });
  }

  #knowing(): Knowing {
    if (this.#pinned) return 'pinned';
    if (this.#failures >= PAKE_FAILURES) throw new StepError('code_ended');
    if (this.#spoken !== null) return 'spoken';
    if (this.#parameters.link !== null) return 'link';
    throw new StepError('nothing_to_know_by');
  }

  /** Asks to share. A question that is still open is void. */
  ask(ask: Ask, now: number): void {
    const call = this.#state;
    if (call.step !== 'known') throw new StepError('not_known');
    forgetQuestion(call);
    const nonce = this.#parameters.random(32);
    call.question = { nonce, deadline: now + ASK_TIME, offer: null };
    const { capabilities, codecs } = ask;
    this.#sign(
      'ask',
      call.run,
      { ask: { capabilities, codecs }, nonce },
      bytes.ask(call.parties, nonce, capabilities, codecs),
    );
  }

  /** Answers the offer of this generation, which must be the latest. */
  answer(generation: number, sdp: string): void {
    const call = this.#state;
    const question = call.step === 'known' ? call.question : null;
    if (call.step !== 'known' || question?.offer?.generation !== generation || question.offer.answered) {
      throw new StepError('no_offer');
    }
    if (sdp.length > SDP_LIMIT) throw new StepError('no_offer');
    question.offer.answered = true;
    const { nonce } = question;
    const signed = bytes.description('answer', call.parties, nonce, generation, sdp);
    this.#sign('answer', call.run, { nonce, generation, sdp }, signed);
  }

  /** Asks for an offer of another path: that of the latest one carries nothing any more. */
  mend(): void {
    const call = this.#state;
    const question = call.step === 'known' ? call.question : null;
    if (call.step !== 'known' || !question?.offer?.answered) throw new StepError('no_offer');
    const { nonce } = question;
    const { generation } = question.offer;
    this.#sign('mend', call.run, { nonce, generation }, bytes.mend(call.parties, nonce, generation));
  }

  /** Ends the session; the run is over. */
  bye(reason: EndReason): void {
    const call = this.#state;
    if (call.step !== 'known') throw new StepError('not_known');
    this.#close();
    this.#sign('bye', call.run, { reason }, bytes.bye(call.parties, 'console', reason));
  }

  /** Who the technician is from the next run on. */
  introduce(introduction: Introduction): void {
    this.#introduction = introduction;
  }

  /** A new spoken code, which starts with no wrong tries; or none. */
  setSpoken(secret: string | null): void {
    if (secret !== null) this.#failures = 0;
    this.#spoken = secret;
  }

  /** Ends what has waited too long. */
  tick(now: number): void {
    const state = this.#state;
    if (state.step === 'known') {
      const deadline = state.question?.deadline ?? null;
      if (deadline === null || now < deadline) return;
      forgetQuestion(state);
      this.#outputs.push({ kind: 'declined', reason: 'no_answer' });
    } else if (state.step !== 'idle' && now >= state.deadline) {
      this.#fail('no_reply');
    }
  }

  /** Takes a signal as it passes the relay. What is no signal ends the run. */
  handle(json: string, now: number): void {
    this.tick(now);
    if (this.#state.step === 'idle') return;
    try {
      const signal = readSignal(json);
      if (signal.run === this.#state.run) this.#step(signal, now);
      else if (!this.#past.includes(signal.run)) throw new Doubt('bad_proof');
    } catch (error) {
      if (error instanceof Doubt) this.#fail(error.reason);
      else if (error instanceof Malformed) this.#fail('bad_proof');
      else throw error;
    }
  }

  #step(signal: FromHelper, now: number): void {
    switch (signal.type) {
      case 'present':
        return this.#present(signal, now);
      case 'confirm':
        return this.#confirm(signal);
      case 'refuse':
        return this.#refused(signal.reason);
      case 'decline':
        return this.#declined(signal);
      case 'offer':
        return this.#offered(signal);
      case 'bye': {
        const { parties } = this.#call();
        verify(parties.helper.key, bytes.bye(parties, 'helper', signal.reason), signal.signature);
        this.#close();
        this.#outputs.push({ kind: 'bye', reason: signal.reason });
        return;
      }
      case 'own':
        throw new Doubt('bad_proof');
    }
  }

  #present({ version, key, nonce, knowing, share }: OfHelper<'present'>, now: number): void {
    const state = this.#state;
    if (state.step !== 'greeted') throw new Doubt('bad_proof');
    const { run, own, offered } = state;
    const { session, random } = this.#parameters;
    if (version !== PROTOCOL_VERSION) throw new Doubt('version');
    if (same(key, own.key)) throw new Doubt('bad_proof');
    if (this.#pinned && !same(this.#pinned, key)) throw new Doubt('key_changed');
    const secret = this.#secret(knowing, offered);
    if ((secret === null) !== (share === null)) throw new Doubt('bad_proof');
    const pake = secret === null ? null : new Pake('console', secret, session, own.key, key, random(SCALAR_BYTES));
    const pakeKey = pake && share ? pake.finish(share) : null;
    const shares = pake && share ? ([pake.share, share] as const) : null;
    const parties: bytes.Parties = { run: { session, run }, console: own, helper: { key, nonce } };
    const introduction = this.#introduction;
    const versions = [PROTOCOL_VERSION, version] as const;
    const transcript = bytes.transcript({ ...parties, versions, knowing: [offered, knowing], shares, introduction });
    this.#state = { step: 'revealed', run, parties, transcript, key: pakeKey, deadline: now + STEP_TIME };
    const mac = pakeKey?.mac('console', transcript) ?? null;
    const fields = { nonce: own.nonce, share: pake?.share ?? null, introduction: written(introduction), mac };
    this.#sign('reveal', run, fields, bytes.proof('console', transcript));
  }

  /** The secret that the helper wants to be known by; `null` when both keys are pinned. */
  #secret(knowing: Knowing, offered: Knowing): string | null {
    if (knowing === 'pinned') {
      if (offered !== 'pinned') throw new Doubt('bad_proof');
      return null;
    }
    if (this.#failures >= PAKE_FAILURES) throw new Doubt('too_many_wrong_codes');
    const secret = knowing === 'spoken' ? this.#spoken : this.#parameters.link;
    if (secret === null) throw new Doubt('wrong_code');
    return secret;
  }

  #confirm({ signature, mac }: OfHelper<'confirm'>): void {
    const state = this.#state;
    if (state.step !== 'revealed') throw new Doubt('bad_proof');
    const { run, parties, transcript, key } = state;
    verify(parties.helper.key, bytes.proof('helper', transcript), signature);
    if ((key === null) !== (mac === null)) throw new Doubt('bad_proof');
    if (key && mac && !key.accepts('helper', transcript, mac)) throw new Doubt('wrong_code');
    this.#pinned = parties.helper.key;
    this.#state = { step: 'known', run, parties, question: null, past: [] };
    this.#outputs.push({ kind: 'known', key: parties.helper.key, words: words(parties) });
  }

  /** Nothing proves that it was the helper, so this ends the run and no more. */
  #refused(reason: RefuseReason): void {
    const counted = this.#countOpenReveal() ?? reason;
    this.#close();
    this.#outputs.push({ kind: 'failed', reason: counted });
  }

  #declined({ nonce, reason, signature }: OfHelper<'decline'>): void {
    const call = this.#call();
    verify(call.parties.helper.key, bytes.decline(call.parties, nonce, reason), signature);
    if (call.question && same(call.question.nonce, nonce) && !call.question.offer) {
      forgetQuestion(call);
      this.#outputs.push({ kind: 'declined', reason });
    } else {
      late(call, nonce);
    }
  }

  #offered({ nonce, generation, sdp, signature }: OfHelper<'offer'>): void {
    const call = this.#call();
    if (sdp.length > SDP_LIMIT) throw new Doubt('bad_proof');
    verify(call.parties.helper.key, bytes.description('offer', call.parties, nonce, generation, sdp), signature);
    const { question } = call;
    if (!question || !same(question.nonce, nonce)) return late(call, nonce);
    if (question.offer && generation <= question.offer.generation) throw new Doubt('bad_proof');
    question.offer = { generation, answered: false };
    question.deadline = null;
    this.#outputs.push({ kind: 'offered', generation, sdp });
  }

  #call(): Known {
    if (this.#state.step !== 'known') throw new Doubt('bad_proof');
    return this.#state;
  }

  /** A MAC was shown and no good one came back: whoever is there had one guess. */
  #countOpenReveal(): RefuseReason | null {
    if (this.#state.step !== 'revealed' || !this.#state.key) return null;
    this.#failures += 1;
    this.#outputs.push({ kind: 'wrong_code', failures: this.#failures });
    return this.#failures >= PAKE_FAILURES ? 'too_many_wrong_codes' : null;
  }

  #fail(reason: RefuseReason): void {
    const run = this.#state.step === 'idle' ? null : this.#state.run;
    const counted = this.#countOpenReveal() ?? reason;
    this.#close();
    if (run !== null) this.#send('refuse', run, { reason: counted });
    this.#outputs.push({ kind: 'failed', reason: counted });
  }

  /** Gives the current run up for a new one. */
  #void(): void {
    const reason = this.#countOpenReveal();
    if (reason) this.#outputs.push({ kind: 'failed', reason });
    this.#close();
  }

  #close(): void {
    if (this.#state.step !== 'idle') this.#past = [...this.#past, this.#state.run].slice(-REMEMBERED);
    this.#state = { step: 'idle' };
  }

  #sign(type: string, run: string, fields: Record<string, Field>, message: Uint8Array): void {
    const signature = this.#parameters.signer.sign(message);
    const signal = signature.then((signature) => writeSignal(type, run, { ...fields, signature }));
    this.#outputs.push({ kind: 'send', signal });
  }

  #send(type: string, run: string, fields: Record<string, Field>): void {
    this.#outputs.push({ kind: 'send', signal: Promise.resolve(writeSignal(type, run, fields)) });
  }
}

function forgetQuestion(call: Known): void {
  if (call.question) call.past = [...call.past, call.question.nonce].slice(-REMEMBERED);
  call.question = null;
}

/** It crossed a newer question on its way; what was never asked ends the run. */
function late(call: Known, nonce: Uint8Array): void {
  if (!call.past.some((known) => same(known, nonce))) throw new Doubt('bad_proof');
}
