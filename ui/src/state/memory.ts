/**
 * What a technician has chosen for this console: layout, saved filters, look. Kept by the webview, for each technician
 * of its own. Nothing of a customer belongs here.
 */

/** Larger than anything that is kept. */
const MOST = 100_000;

export class Memory {
  constructor(private readonly technician: string) {}

  #key(name: string): string {
    return `deskhand/${this.technician}/${name}`;
  }

  /** What was kept, if it still has the right form. */
  read<T>(name: string, isRight: (value: unknown) => value is T): T | null {
    try {
      const text = localStorage.getItem(this.#key(name));
      const value: unknown = text === null ? null : JSON.parse(text);
      return isRight(value) ? value : null;
    } catch {
      return null;
    }
  }

  /** A webview without a store, or a full one, only forgets. */
  write(name: string, value: unknown): void {
    try {
      const text = JSON.stringify(value);
      if (text.length <= MOST) localStorage.setItem(this.#key(name), text);
    } catch {
      // Nothing to do about it.
    }
  }

  forget(name: string): void {
    try {
      localStorage.removeItem(this.#key(name));
    } catch {
      // Nothing to do about it.
    }
  }
}
