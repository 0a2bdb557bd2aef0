/**
 * How a helper is met: its keys proven, the customer asked. What becomes of the connection is decided by who extends it.
 * Sans-IO, like that.
 */

import { PAKE_FAILURES } from '../../../../../server-lite/link/page/signal';
import type { Ask, EndReason, Introduction, RefuseReason } from '../../../../../server-lite/link/page/signal';
import { StepError, type ConsoleHandshake, type ConsoleOutput } from './handshake';
import type { Output } from './output';
import type { Step } from './standing';

export abstract class Approach {
  protected outputs: Output[] = [];
  /** Whether the relay says that the helper is there. */
  protected here = false;
  /** What the technician wants of the customer, once he has clicked. */
  protected wanted: Ask | null = null;
  protected step: Step = { at: 'idle' };
  protected words: string[] = [];
  protected tries = 0;
  protected retryAt: number | null = null;
  /** When a call that was live, or agreed, was lost. */
  protected lost: number | null = null;

  constructor(
    protected readonly handshake: ConsoleHandshake,
    private readonly newRun: () => string,
  ) {}

  /** What to do, in order; to be asked after every other call. */
  poll(): Output[] {
    const { outputs } = this;
    this.outputs = [];
    return outputs;
  }

  introduce(introduction: Introduction): void {
    this.handshake.introduce(introduction);
  }

  protected abstract offered(generation: number, sdp: string, now: number): void;
  protected abstract endedByHelper(reason: EndReason): void;
  protected abstract failed(reason: RefuseReason, now: number): void;

  protected greet(now: number): void {
    this.retryAt = null;
    try {
      this.handshake.greet(this.newRun(), now);
      this.step = { at: 'proving' };
      this.tries += 1;
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      this.refuse(error.why === 'code_ended' ? 'too_many_wrong_codes' : 'wrong_code');
    }
    this.drain(now);
  }

  protected ask(now: number): void {
    if (!this.wanted) return;
    if (this.handshake.isKnown) {
      this.handshake.ask(this.wanted, now);
      this.step = { at: 'asking' };
    } else this.greet(now);
    this.drain(now);
  }

  /** Carries out what the handshake wants. */
  protected drain(now: number): void {
    for (const output of this.handshake.poll()) {
      switch (output.kind) {
        case 'send':
        case 'wrong_code':
          this.pass(output);
          break;
        case 'known':
          this.words = output.words;
          this.step = { at: 'known' };
          this.tries = 0;
          this.outputs.push({ kind: 'pinned', key: output.key });
          this.ask(now);
          break;
        case 'declined':
          this.wanted = null;
          this.lost = null;
          this.step = { at: 'declined', reason: output.reason };
          break;
        case 'offered':
          this.offered(output.generation, output.sdp, now);
          break;
        case 'bye':
          this.endedByHelper(output.reason);
          break;
        case 'failed':
          this.failed(output.reason, now);
      }
    }
  }

  protected pass(output: ConsoleOutput): void {
    if (output.kind === 'send') this.outputs.push({ kind: 'signal', signal: output.signal });
    if (output.kind !== 'wrong_code') return;
    this.outputs.push({ kind: 'wrong_code', failures: output.failures });
    if (output.failures === PAKE_FAILURES) this.outputs.push({ kind: 'report', report: { kind: 'code_revoked' } });
  }

  protected refuse(reason: RefuseReason): void {
    this.step = { at: 'refused', reason };
    this.wanted = null;
    this.lost = null;
    this.retryAt = null;
  }
}
