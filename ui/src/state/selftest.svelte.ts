/** The self-test: what was found, and whether somebody outside has opened the link. */

import type { Backend, FailureCode } from '../backend/backend';
import type { ReachView } from '../protocol/generated/ReachView';
import type { SelfTestView } from '../protocol/generated/SelfTestView';
import { errorCode } from './desk.svelte';

/** How often it is asked whether the link was opened, in milliseconds: somebody on the telephone waits for it. */
const ASK = 3_000;

export class SelfTest {
  running = $state(false);
  found = $state.raw<SelfTestView | null>(null);
  reach = $state.raw<ReachView | null>(null);
  failure = $state<FailureCode | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(private readonly backend: Pick<Backend, 'selfTest' | 'linkOpened'>) {}

  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.failure = null;
    clearTimeout(this.#timer);
    try {
      this.found = await this.backend.selfTest();
      this.reach = null;
      this.#ask();
    } catch (error) {
      this.failure = errorCode(error);
    } finally {
      this.running = false;
    }
  }

  /** Asks no more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #ask(): void {
    const link = this.found?.link;
    if (this.#closed || !link || this.found?.links.length === 0) return;
    this.#timer = setTimeout(() => {
      void this.backend
        .linkOpened(link)
        .then((reach) => {
          if (this.found?.link === link) this.reach = reach;
        })
        // Away or too old: what is known stays so.
        .catch(() => undefined)
        .finally(() => {
          if (this.found?.link === link) this.#ask();
        });
    }, ASK);
  }
}
