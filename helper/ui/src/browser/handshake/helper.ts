/**
 * The helper's end of the handshake, played by a page: `deskhand_link::handshake::HelperHandshake` in TypeScript, step
 * for step. Sans-IO: told the time, given its randomness, it answers with what is to be done. The vectors in
 * `server-lite/link/vectors` were made by the Rust side and hold both to the same bytes.
 *
 * One thing differs: a page learns nothing of the certificate that its browser has accepted, so it cannot compare it
 * with those that the console names. Whoever uses this page trusts the relay that served it.
 *
 * Invariants: known only after commitment, signature and (unless both keys were pinned) MAC have held; any doubt ends
 * the run; no offer before the customer's yes to exactly the latest question.
 */

import { ed25519 } from '@noble/curves/ed25519.js';
import * as bytes from '../../../../../server-lite/link/page/bytes';
import { Malformed, same } from '../../../../../server-lite/link/page/encode';
import { Pake, SCALAR_BYTES } from '../../../../../server-lite/link/page/pake';
import {
  LIST_LIMIT,
  PAKE_FAILURES,
  PROTOCOL_VERSION,
  readSignal,
  SDP_LIMIT,
  writeSignal,
  type Ask,
  type DeclineReason,
  type EndReason,
  type FromConsole,
  type Introduction,
  type Knowing,
  type RefuseReason,
} from '../../../../../server-lite/link/page/signal';
import { words } from '../../../../../server-lite/link/page/words';

/** How long the other end may take for its next step of a proof, in milliseconds. */
const STEP_TIME = 20_000;
/** Earlier runs whose late signals are dropped without a word. */
const REMEMBERED = 8;
/** Questions in one run. Nobody asks that often. */
const QUESTIONS = 64;

export interface HelperParameters {
  session: string;
  /** Seed of the page's own Ed25519 key. */
  seed: Uint8Array;
  /** The secret half of the code, and how it came here. */
  secret: { knowing: 'spoken' | 'link'; text: string };
  /** Fresh random bytes. */
  random: (length: number) => Uint8Array;
}

/** One question of the technician: its nonce. */
export type Question = Uint8Array;

export type HelperOutput =
  /** Send it to the console. */
  | { kind: 'send'; signal: string }
  /** A new run: an open question is void. A connection that stands is not touched. */
  | { kind: 'greeted' }
  /** The technician's key is proven. */
  | { kind: 'known'; key: Uint8Array; words: string[]; introduction: Introduction }
  /** He asks; a question before this one is void. */
  | { kind: 'asked'; question: Question; ask: Ask }
  /** The console answered an offer. */
  | { kind: 'answered'; generation: number; sdp: string }
  /** Nothing reaches the console any more over the path of the latest offer. */
  | { kind: 'mend_asked' }
  /** The technician ended the session. */
  | { kind: 'bye'; reason: EndReason }
  /** The console does not know the secret; `failed` follows. */
  | { kind: 'wrong_code'; failures: number }
  /** The run ended without a call. */
  | { kind: 'failed'; reason: RefuseReason };

/** A step was asked for that the run does not allow now. Nothing has changed. */
export class StepError extends Error {}

/** Ends the run. */
class Doubt extends Error {
  constructor(readonly reason: RefuseReason) {
    super(reason);
  }
}

interface Presented {
  step: 'presented';
  run: string;
  consoleVersion: number;
  consoleKey: Uint8Array;
  commitment: Uint8Array;
  knowing: readonly [Knowing, Knowing];
  own: bytes.Party;
  pake: Pake | null;
  deadline: number;
}

interface Call {
  step: 'known';
  run: string;
  parties: bytes.Parties;
  question: { nonce: Uint8Array; given: { offered: number; answered: number } | null } | null;
  questions: Uint8Array[];
}

type State = { step: 'idle' } | Presented | Call;

type OfConsole<T extends FromConsole['type']> = Extract<FromConsole, { type: T }>;

function verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): void {
  let fits = false;
  try {
    fits = ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    // Neither a key nor a signature.
  }
  if (!fits) throw new Doubt('bad_proof');
}

export class HelperHandshake {
  /** The page's own key. */
  readonly key: Uint8Array;
  readonly #parameters: HelperParameters;
  #pinned: Uint8Array | null = null;
  #failures = 0;
  #state: State = { step: 'idle' };
  #past: string[] = [];
  #outputs: HelperOutput[] = [];

  constructor(parameters: HelperParameters) {
    this.#parameters = parameters;
    this.key = ed25519.getPublicKey(parameters.seed);
  }

  /** The technician's key, once this session knows it. */
  get pinned(): Uint8Array | null {
    return this.#pinned;
  }

  get isKnown(): boolean {
    return this.#state.step === 'known';
  }

  /** What is to be done, in order; to be asked after every other call. */
  poll(): HelperOutput[] {
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  /** The customer said yes to this question. */
  allow(question: Question): void {
    const open = this.#open(question);
    if (!open || open.given) throw new StepError();
    open.given = { offered: -1, answered: -1 };
  }

  /** Nothing is shared for this question. */
  decline(question: Question, reason: DeclineReason): void {
    const call = this.#state;
    const open = this.#open(question);
    if (call.step !== 'known' || !open || (open.given && open.given.offered >= 0)) throw new StepError();
    call.question = null;
    const signature = this.#sign(bytes.decline(call.parties, question, reason));
    this.#send('decline', call.run, { nonce: question, reason, signature });
  }

  /** Offers a connection, or restarts its ICE. */
  offer(sdp: string): void {
    const call = this.#state;
    if (call.step !== 'known' || !call.question?.given || sdp.length > SDP_LIMIT) throw new StepError();
    const { nonce, given } = call.question;
    given.offered += 1;
    const generation = given.offered;
    const signature = this.#sign(bytes.description('offer', call.parties, nonce, generation, sdp));
    this.#send('offer', call.run, { nonce, generation, sdp, signature });
  }

  /** Ends the session; says nothing where the console is not known. */
  bye(reason: EndReason): void {
    const call = this.#state;
    if (call.step !== 'known') return;
    const signature = this.#sign(bytes.bye(call.parties, 'helper', reason));
    this.#close();
    this.#send('bye', call.run, { reason, signature });
  }

  /** Signs bytes that begin with a label of their own. */
  sign(message: Uint8Array): Uint8Array {
    return this.#sign(message);
  }

  /** When {@link tick} must be called next. */
  get deadline(): number | null {
    return this.#state.step === 'presented' ? this.#state.deadline : null;
  }

  /** Ends what has waited too long. */
  tick(now: number): void {
    if (this.deadline !== null && this.deadline <= now) this.#fail('no_reply');
  }

  /** Takes a signal as it passes the relay. What is no signal ends the run. */
  handle(json: string, now: number): void {
    this.tick(now);
    let signal;
    try {
      signal = readSignal(json);
    } catch {
      if (this.#state.step !== 'idle') this.#fail('bad_proof');
      return;
    }
    if (this.#past.includes(signal.run)) return;
    if (this.#state.step === 'idle' || this.#state.run !== signal.run) {
      if (signal.type === 'greet') this.#greeted(signal, now);
      else if (this.#state.step !== 'idle') this.#fail('bad_proof');
      // A refusal is never answered, or two ends that know nothing of a run would talk for ever.
      else if (signal.type !== 'refuse') this.#send('refuse', signal.run, { reason: 'no_reply' });
      return;
    }
    try {
      this.#step(signal);
    } catch (error) {
      if (error instanceof Doubt) this.#fail(error.reason);
      else if (error instanceof Malformed) this.#fail('bad_proof');
      else throw error;
    }
  }

  #step(signal: FromConsole): void {
    switch (signal.type) {
      case 'reveal':
        return this.#revealed(signal);
      case 'refuse':
        this.#close();
        this.#outputs.push({ kind: 'failed', reason: signal.reason });
        return;
      case 'ask':
        return this.#asked(signal);
      case 'answer':
        return this.#answered(signal);
      case 'mend':
        return this.#mendAsked(signal);
      case 'bye': {
        const { parties } = this.#call();
        verify(parties.console.key, bytes.bye(parties, 'console', signal.reason), signal.signature);
        this.#close();
        this.#outputs.push({ kind: 'bye', reason: signal.reason });
        return;
      }
      // The greeting of this very run again, or our own signals, come back.
      case 'greet':
      case 'own':
        throw new Doubt('bad_proof');
    }
  }

  #greeted(greet: OfConsole<'greet'>, now: number): void {
    this.#close();
    this.#outputs.push({ kind: 'greeted' });
    const { run } = greet;
    try {
      const presented = this.#present(greet, now);
      this.#state = presented;
      this.#send('present', run, {
        version: PROTOCOL_VERSION,
        key: presented.own.key,
        nonce: presented.own.nonce,
        knowing: presented.knowing[1],
        share: presented.pake?.share ?? null,
      });
    } catch (error) {
      if (!(error instanceof Doubt)) throw error;
      this.#remember(run);
      this.#send('refuse', run, { reason: error.reason });
      this.#outputs.push({ kind: 'failed', reason: error.reason });
    }
  }

  #present({ run, version, key, commitment, knowing: offered }: OfConsole<'greet'>, now: number): Presented {
    const { session, secret, random } = this.#parameters;
    const own = { key: this.key, nonce: random(32) };
    if (version !== PROTOCOL_VERSION) throw new Doubt('version');
    if (same(key, own.key)) throw new Doubt('bad_proof');
    if (this.#pinned && !same(this.#pinned, key)) throw new Doubt('key_changed');
    // Pinned only if both ends are; otherwise the code decides, and the key must still be the known one.
    const chosen = this.#pinned && offered === 'pinned' ? 'pinned' : secret.knowing;
    if (chosen !== 'pinned' && this.#failures >= PAKE_FAILURES) throw new Doubt('too_many_wrong_codes');
    const pake =
      chosen === 'pinned' ? null : new Pake('helper', secret.text, session, key, own.key, random(SCALAR_BYTES));
    const deadline = now + STEP_TIME;
    const knowing = [offered, chosen] as const;
    return {
      step: 'presented',
      run,
      consoleVersion: version,
      consoleKey: key,
      commitment,
      knowing,
      own,
      pake,
      deadline,
    };
  }

  #revealed({ nonce, share, introduction, signature, mac }: OfConsole<'reveal'>): void {
    const presented = this.#state;
    if (presented.step !== 'presented') throw new Doubt('bad_proof');
    const { own, pake } = presented;
    const console = { key: presented.consoleKey, nonce };
    if (!same(bytes.commitment(presented.run, console), presented.commitment)) throw new Doubt('bad_proof');
    if ((pake === null) !== (share === null)) throw new Doubt('bad_proof');
    const key = pake && share ? pake.finish(share) : null;
    const shares = pake && share ? ([share, pake.share] as const) : null;
    const run = { session: this.#parameters.session, run: presented.run };
    const parties = { run, console, helper: own };
    const versions = [presented.consoleVersion, PROTOCOL_VERSION] as const;
    const { knowing } = presented;
    const transcript = bytes.transcript({ ...parties, versions, knowing, shares, introduction });
    // The signature first: a wrong one says nothing about the code and is no try of it.
    verify(console.key, bytes.proof('console', transcript), signature);
    if ((key === null) !== (mac === null)) throw new Doubt('bad_proof');
    if (key && mac && !key.accepts('console', transcript, mac)) {
      this.#failures += 1;
      this.#outputs.push({ kind: 'wrong_code', failures: this.#failures });
      throw new Doubt(this.#failures >= PAKE_FAILURES ? 'too_many_wrong_codes' : 'wrong_code');
    }
    this.#pinned = console.key;
    this.#state = { step: 'known', run: presented.run, parties, question: null, questions: [] };
    const proof = this.#sign(bytes.proof('helper', transcript));
    this.#send('confirm', presented.run, { signature: proof, mac: key?.mac('helper', transcript) ?? null });
    this.#outputs.push({ kind: 'known', key: console.key, words: words(parties), introduction });
  }

  #asked({ ask, nonce, signature }: OfConsole<'ask'>): void {
    const call = this.#call();
    if (ask.capabilities.length > LIST_LIMIT || ask.codecs.length > LIST_LIMIT) throw new Doubt('bad_proof');
    verify(call.parties.console.key, bytes.ask(call.parties, nonce, ask.capabilities, ask.codecs), signature);
    if (call.questions.some((known) => same(known, nonce)) || call.questions.length >= QUESTIONS) {
      throw new Doubt('bad_proof');
    }
    call.questions.push(nonce);
    call.question = { nonce, given: null };
    this.#outputs.push({ kind: 'asked', question: nonce, ask });
  }

  #answered({ nonce, generation, sdp, signature }: OfConsole<'answer'>): void {
    const call = this.#call();
    if (sdp.length > SDP_LIMIT) throw new Doubt('bad_proof');
    verify(call.parties.console.key, bytes.description('answer', call.parties, nonce, generation, sdp), signature);
    const given = this.#open(nonce)?.given;
    if (!given) return this.#late(call, nonce);
    if (generation > given.offered || generation <= given.answered) throw new Doubt('bad_proof');
    // One that crossed a newer offer on its way is void.
    if (generation < given.offered) return;
    given.answered = generation;
    this.#outputs.push({ kind: 'answered', generation, sdp });
  }

  #mendAsked({ nonce, generation, signature }: OfConsole<'mend'>): void {
    const call = this.#call();
    verify(call.parties.console.key, bytes.mend(call.parties, nonce, generation), signature);
    const given = this.#open(nonce)?.given;
    if (!given || given.offered < 0) return this.#late(call, nonce);
    if (generation > given.offered) throw new Doubt('bad_proof');
    // One that crossed a newer offer is answered by that.
    if (generation === given.offered) this.#outputs.push({ kind: 'mend_asked' });
  }

  /** The technician has asked anew since; what was never asked ends the run. */
  #late(call: Call, nonce: Uint8Array): void {
    if (!call.questions.some((known) => same(known, nonce))) throw new Doubt('bad_proof');
  }

  #call(): Call {
    if (this.#state.step !== 'known') throw new Doubt('bad_proof');
    return this.#state;
  }

  /** The latest question, if it is this one. */
  #open(nonce: Uint8Array): Call['question'] {
    const open = this.#state.step === 'known' ? this.#state.question : null;
    return open && same(open.nonce, nonce) ? open : null;
  }

  #fail(reason: RefuseReason): void {
    const run = this.#state.step === 'idle' ? null : this.#state.run;
    this.#close();
    if (run) this.#send('refuse', run, { reason });
    this.#outputs.push({ kind: 'failed', reason });
  }

  #close(): void {
    if (this.#state.step !== 'idle') this.#remember(this.#state.run);
    this.#state = { step: 'idle' };
  }

  #remember(run: string): void {
    this.#past = [...this.#past, run].slice(-REMEMBERED);
  }

  #sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.#parameters.seed);
  }

  #send(...signal: Parameters<typeof writeSignal>): void {
    this.#outputs.push({ kind: 'send', signal: writeSignal(...signal) });
  }
}
