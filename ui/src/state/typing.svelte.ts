/**
 * *Type text*: a text as keystrokes, for fields that take no paste. Paced, so that slow programs follow and a cancel
 * comes in time; the next piece waits until the last one is on its way.
 */

import type { InputEvent } from '../protocol/input';

/** The longest text, in characters: at the pace below it takes more than a minute and a half. */
export const TYPED_MAX = 10_000;
/** Characters of a piece, and milliseconds from one to the next: a hundred characters in a second. */
const PIECE = 4;
const PAUSE = 40;

/** Where the keystrokes go. */
export interface Typist {
  send(event: InputEvent): void;
  /** Resolves when all that was sent is on its way. */
  taken(): Promise<void>;
}

/** What can be typed of a text: one kind of line end, and no control characters besides. */
export function typeable(text: string): string {
  // eslint-disable-next-line no-control-regex -- it is about these
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}

export class Typing {
  /** Characters that are typed and those there are; `null` while nothing is being typed. */
  progress = $state.raw<{ done: number; total: number } | null>(null);
  #run = 0;

  /** Resolves when everything is typed, or at once when it is cancelled. */
  async start(text: string, typist: Typist): Promise<void> {
    const run = (this.#run += 1);
    const characters = Array.from(typeable(text)).slice(0, TYPED_MAX);
    const total = characters.length;
    for (let done = 0; done < total && run === this.#run; done += PIECE) {
      this.progress = { done, total };
      typist.send({ kind: 'text', text: characters.slice(done, done + PIECE).join('') });
      await typist.taken();
      await new Promise((next) => setTimeout(next, PAUSE));
    }
    if (run === this.#run) this.progress = null;
  }

  cancel(): void {
    this.#run += 1;
    this.progress = null;
  }
}
