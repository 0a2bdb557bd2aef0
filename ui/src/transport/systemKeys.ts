/**
 * Alt+Tab, Super and their like: whether this computer acts on them, or they go to the picture. The shell takes the whole
 * keyboard where it can; in a browser the Keyboard Lock API does, where there is one.
 */

import type { Backend } from '../backend/backend';

/** The Keyboard Lock API, which not every browser has. */
interface LockableKeyboard {
  lock(): Promise<void>;
  unlock(): void;
}

type Shell = Pick<Backend, 'canGrabKeyboard' | 'grabKeyboard' | 'releaseKeyboard'>;

export class SystemKeys {
  #turn: Promise<void> = Promise.resolve();
  #shell: boolean | undefined;

  constructor(
    private readonly shell: Shell,
    private readonly browser = (globalThis.navigator as { keyboard?: LockableKeyboard } | undefined)?.keyboard,
  ) {}

  /** Whether they can be taken at all. */
  async available(): Promise<boolean> {
    this.#shell ??= await this.shell.canGrabKeyboard().catch(() => false);
    return this.#shell || typeof this.browser?.lock === 'function';
  }

  /** Rejects when another program has the keyboard. */
  take(): Promise<void> {
    return this.#next(async () => {
      if (!(await this.available())) return;
      if (this.#shell) await this.shell.grabKeyboard();
      else await this.browser?.lock();
    });
  }

  give(): Promise<void> {
    return this.#next(async () => {
      if (this.#shell) await this.shell.releaseKeyboard();
      else this.browser?.unlock?.();
    });
  }

  /** One after the other: a give that overtook a take would leave the keyboard taken. */
  #next(what: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(what);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
