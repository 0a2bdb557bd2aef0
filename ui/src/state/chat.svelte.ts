/**
 * The chat of one session. A message is shown at once, and at an own one how far it has got. The relay is told what has
 * come here and what was on the screen.
 */

import type { Backend } from '../backend/backend';
import type { Author } from '../protocol/generated/Author';
import type { ChatMessage } from '../protocol/generated/ChatMessage';
import type { Marks } from '../protocol/generated/Marks';
import type { MessageId } from '../protocol/generated/MessageId';
import type { SessionId } from '../protocol/generated/SessionId';
import { newId } from '../protocol/uuid';

/** How far a message to the customer has got: the relay keeps it, his computer has it, he has seen it. */
export type Reach = 'sent' | 'delivered' | 'read';

const NOTHING: Marks = { delivered: 0, read: 0 };

export interface ChatLine {
  id: MessageId;
  author: Author;
  text: string;
  /** When the relay stored it; `null` until then. */
  sentAt: number | null;
  failed: boolean;
  /** `null` at the customer's own, and until the relay has stored it. */
  reach: Reach | null;
}

export class Chat {
  #stored = $state.raw<readonly ChatMessage[]>([]);
  #unsent = $state<{ id: MessageId; text: string; failed: boolean }[]>([]);
  #seen = $state(0);
  /** How far the customer is. */
  #theirs = $state.raw(NOTHING);
  /** Whether the relay keeps marks; `null` until it was asked. */
  #kept: boolean | null = null;
  /** What the relay was told since then. */
  #said = NOTHING;
  #loading = false;
  loaded = $state(false);

  constructor(
    private readonly backend: Pick<Backend, 'messages' | 'sendChat' | 'markChat'>,
    private readonly session: SessionId,
  ) {}

  /** Stored ones in the conversation's order, then those on their way. */
  lines = $derived<ChatLine[]>([
    ...this.#stored.map(({ id, author, text, sent_at, seq }) => ({
      id,
      author,
      text,
      sentAt: sent_at,
      failed: false,
      reach: author === 'technician' ? this.#reach(seq) : null,
    })),
    ...this.#unsent.map(({ id, text, failed }) => ({
      id,
      author: 'technician' as const,
      text,
      sentAt: null,
      failed,
      reach: null,
    })),
  ]);
  /** Messages of the customer that were not on screen yet. */
  unread = $derived(this.#stored.filter(({ author, seq }) => author === 'customer' && seq > this.#seen).length);

  async load(): Promise<void> {
    this.#loading = true;
    const { messages, marks } = await this.backend.messages(this.session).finally(() => (this.#loading = false));
    for (const message of messages) this.#take(message);
    this.#kept = marks !== null;
    if (marks) {
      this.tellMarks(marks.customer);
      // What was read before this page was loaded is no news.
      this.#seen = Math.max(this.#seen, marks.technician.read);
    }
    this.loaded = true;
    // What was said before may not have arrived.
    this.#said = NOTHING;
    this.#say();
  }

  /** The relay stored a message; it may say so more than once. */
  tell(message: ChatMessage): void {
    this.#take(message);
    // Of a session that nobody has opened yet.
    if (this.#kept === null && !this.#loading) void this.load().catch(() => undefined);
    this.#say();
  }

  /** The customer has come so far; what is less than before is old news. */
  tellMarks({ delivered, read }: Marks): void {
    const theirs = this.#theirs;
    this.#theirs = { delivered: Math.max(theirs.delivered, delivered), read: Math.max(theirs.read, read) };
  }

  #take(message: ChatMessage): void {
    this.#unsent = this.#unsent.filter(({ id }) => id !== message.id);
    if (this.#stored.some(({ id }) => id === message.id)) return;
    this.#stored = [...this.#stored, message].sort((a, b) => a.seq - b.seq);
  }

  /** All messages are on screen. */
  markSeen(): void {
    this.#seen = Math.max(this.#seen, this.#stored.at(-1)?.seq ?? 0);
    this.#say();
  }

  #reach(seq: number): Reach {
    if (seq <= this.#theirs.read) return 'read';
    return seq <= this.#theirs.delivered ? 'delivered' : 'sent';
  }

  /** Tells the relay how far this end is, if that is more than it was told. */
  #say(): void {
    if (!this.#kept) return;
    let [delivered, read] = [0, 0];
    for (const { author, seq } of this.#stored) {
      if (author === 'technician') continue;
      delivered = seq;
      if (seq <= this.#seen) read = seq;
    }
    if (delivered === this.#said.delivered && read === this.#said.read) return;
    this.#said = { delivered, read };
    // While the relay is away; it is told when it is back.
    void this.backend.markChat(this.session, this.#said).catch(() => undefined);
  }

  async send(text: string): Promise<void> {
    const id = newId();
    this.#unsent.push({ id, text, failed: false });
    await this.#try(id, text);
  }

  /** Tries a failed one again, under the same id, so that it is stored once. */
  async resend(id: MessageId): Promise<void> {
    const line = this.#unsent.find((unsent) => unsent.id === id);
    if (!line) return;
    line.failed = false;
    await this.#try(id, line.text);
  }

  async #try(id: MessageId, text: string): Promise<void> {
    try {
      await this.backend.sendChat(this.session, id, text);
    } catch {
      const line = this.#unsent.find((unsent) => unsent.id === id);
      if (line) line.failed = true;
    }
  }
}
