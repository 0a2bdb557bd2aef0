/**
 * Sends what the technician does to the helper, in order.
 *
 * The shell keeps the order of two messages only if the first is awaited, so one is under way at a time. Motion never
 * queues up: a waiting motion is replaced by a newer one. One counter numbers the messages of both channels.
 */

import type { Backend, InputChannel } from '../backend/backend';
import { encodeInput, type InputEvent } from '../protocol/input';
import type { SessionId } from '../protocol/generated/SessionId';

/** More waiting than this means that the shell does not answer; then keys must not pile up and run later. */
const QUEUE = 512;

export class InputSender {
  #seq = 0;
  #queue: InputEvent[] = [];
  #sending = false;

  constructor(
    private readonly backend: Pick<Backend, 'input'>,
    private readonly session: SessionId,
  ) {}

  send(event: InputEvent): void {
    const last = this.#queue.at(-1);
    if (event.kind === last?.kind && (event.kind === 'motion' || event.kind === 'point_at')) this.#queue.pop();
    if (this.#queue.length >= QUEUE) this.#queue = [{ kind: 'release_all' }];
    this.#queue.push(event);
    if (!this.#sending) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const channel: InputChannel = event.kind === 'motion' || event.kind === 'point_at' ? 'pointer' : 'input';
      this.#seq = (this.#seq + 1) >>> 0;
      try {
        await this.backend.input(this.session, channel, encodeInput({ ...event, seq: this.#seq }));
      } catch {
        // The call has ended or is being made anew: nothing is held there, and what was typed into it must not run later.
        this.#queue = [];
      }
    }
    this.#sending = false;
  }
}
