/**
 * A part of the page that is fetched when it is first wanted, so that the first screen does not wait for it. What has
 * come stays. What did not is had again by loading the page anew: a webview may keep that a module or its styles failed.
 */

/** Before this nobody sees that something is waited for, in milliseconds. */
const PATIENCE = 200;

export class Late<T> {
  /** What was fetched; `null` before. */
  value = $state.raw<T | null>(null);
  /** It did not come. */
  failed = $state(false);
  /** It takes so long that this has to be said. */
  slow = $state(false);
  #asked: Promise<void> | undefined;

  constructor(private readonly load: () => Promise<{ default: T }>) {}

  /** Whether there is something to show: the part, or why it is not there yet. */
  get settled(): boolean {
    return this.value !== null || this.failed || this.slow;
  }

  /** Fetches it, once. */
  want(): Promise<void> {
    this.#asked ??= this.#fetch();
    return this.#asked;
  }

  async #fetch(): Promise<void> {
    const timer = setTimeout(() => (this.slow = true), PATIENCE);
    try {
      this.value = (await this.load()).default;
    } catch {
      this.failed = true;
    } finally {
      clearTimeout(timer);
      this.slow = false;
    }
  }
}
