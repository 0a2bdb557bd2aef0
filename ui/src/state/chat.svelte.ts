/** The chat of one session. A message is shown at once and marked until the relay has stored it. */

import type { Backend } from '../backend/backend';
import type { Author } from '../protocol/generated/Author';
import type { ChatMessage } from '../protocol/generated/ChatMessage';
import type { MessageId } from '../protocol/generated/MessageId';
import type { SessionId } from '../protocol/generated/SessionId';
import { newId } from '../protocol/uuid';

export interface ChatLine {
  id: MessageId;
  author: Author;
  text: string;
  /** When the relay stored it; `null` until then. */
  sentAt: number | null;
  failed: boolean;
}

export class Chat {
  #stored = $state.raw<readonly ChatMessage[]>([]);
  #unsent = $state<{ id: MessageId; text: string; failed: boolean }[]>([]);
  #seen = $state(0);
  loaded = $state(false);

  constructor(
    private readonly backend: Pick<Backend, 'messages' | 'sendChat'>,
    private readonly session: SessionId,
  ) {}

  /** Stored ones in the conversation's order, then those on their way. */
  lines = $derived<ChatLine[]>([
    ...this.#stored.map(({ id, author, text, sent_at }) => ({ id, author, text, sentAt: sent_at, failed: false })),
    ...this.#unsent.map(({ id, text, failed }) => ({ id, author: 'technician' as const, text, sentAt: null, failed })),
  ]);
  /** Messages of the customer that were not on screen yet. */
  unread = $derived(this.#stored.filter(({ author, seq }) => author === 'customer' && seq > this.#seen).length);

  async load(): Promise<void> {
    for (const message of await this.backend.messages(this.session)) this.tell(message);
    this.loaded = true;
  }

  /** The relay stored a message; it may say so more than once. */
  tell(message: ChatMessage): void {
    this.#unsent = this.#unsent.filter(({ id }) => id !== message.id);
    if (this.#stored.some(({ id }) => id === message.id)) return;
    this.#stored = [...this.#stored, message].sort((a, b) => a.seq - b.seq);
  }

  /** All messages are on screen. */
  markSeen(): void {
    this.#seen = Math.max(this.#seen, ...this.#stored.map(({ seq }) => seq));
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
