/**
 * What only this console knows of its open sessions: the secrets of their codes and the helpers' pinned keys. Kept in the
 * browser's database, sealed by a key that cannot be read out, for each account of its own. What belongs to a session goes
 * when it ends.
 */

import type { Preset } from '../../protocol/generated/Preset';
import type { Invitation } from './code';
import type { Store } from './store';

/** An invitation with its end. */
export interface Kept extends Invitation {
  expires_at: number;
}

export interface Entry {
  spoken: Kept | null;
  link: Kept | null;
  /** The helper's key, once proven; base64url. */
  pinned: string | null;
  /** What the technician asks for when he connects. */
  preset: Preset;
  failures: number;
  /** The technician has ended it, but the relay could not be told yet. */
  ending: boolean;
}

interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const NOTHING: Entry = { spoken: null, link: null, pinned: null, preset: 'help', failures: 0, ending: false };
const SEAL = 'seal';

export class Vault {
  readonly #entries = new Map<string, Entry>();
  /** One write after the other: a later one must not be overtaken. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: Store,
    private readonly account: string,
    private readonly seal: CryptoKey,
  ) {}

  /** Reads what was kept for an account. What cannot be read any more is forgotten: its sessions need a new code. */
  static async open(store: Store, account: string): Promise<Vault> {
    let seal = await store.get<CryptoKey>('keys', SEAL);
    if (!seal) {
      seal = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      await store.put('keys', SEAL, seal);
    }
    const vault = new Vault(store, account, seal);
    for (const [session, sealed] of await store.all<Sealed>('sessions', `${account}/`)) {
      const entry = await vault.#unseal(session, sealed);
      if (entry) vault.#entries.set(session, entry);
      else await store.remove('sessions', `${account}/${session}`);
    }
    return vault;
  }

  get(session: string): Entry | undefined {
    return this.#entries.get(session);
  }

  sessions(): string[] {
    return [...this.#entries.keys()];
  }

  /** Changes what is kept of a session, beginning with nothing. */
  change(session: string, change: Partial<Entry>): Promise<void> {
    const entry = { ...NOTHING, ...this.#entries.get(session), ...change };
    this.#entries.set(session, entry);
    return this.#next(async () => {
      await this.store.put('sessions', `${this.account}/${session}`, await this.#sealed(session, entry));
    });
  }

  forget(session: string): Promise<void> {
    if (!this.#entries.delete(session)) return Promise.resolve();
    return this.#next(() => this.store.remove('sessions', `${this.account}/${session}`));
  }

  #next(what: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(what);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #mode(session: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams {
    // One session's entry never passes for another's.
    return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(`${this.account}/${session}`) };
  }

  async #sealed(session: string, entry: Entry): Promise<Sealed> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(entry));
    return { iv, data: await crypto.subtle.encrypt(this.#mode(session, iv), this.seal, plain) };
  }

  async #unseal(session: string, { iv, data }: Sealed): Promise<Entry | null> {
    try {
      const plain = await crypto.subtle.decrypt(this.#mode(session, iv), this.seal, data);
      return { ...NOTHING, ...(JSON.parse(new TextDecoder().decode(plain)) as Partial<Entry>) };
    } catch {
      return null;
    }
  }
}
