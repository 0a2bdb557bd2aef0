/** What is typed into a list's search field, which the address follows a moment later. */

/** Milliseconds from the last key until the list is asked. */
const MOMENT = 150;

export class Sought {
  text = $state('');
  #waiting: ReturnType<typeof setTimeout> | undefined;
  readonly #say: (text: string) => void;

  /** To be made with a component: `said` is what the address has, `say` puts a text there. */
  constructor(said: () => string, say: (text: string) => void) {
    this.text = said();
    this.#say = say;
    // Back, forward and links change the address; what is being typed is ahead of it.
    $effect(() => {
      const text = said();
      if (this.#waiting === undefined) this.text = text;
    });
  }

  /** A key was struck. */
  typed = () => {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      this.#say(this.text);
    }, MOMENT);
  };
}
