/**
 * Sends what the technician does to the helper, in order.
 *
 * The shell keeps the order of two messages only if the first is awaited, so one is under way at a time. Motion never
 * queues up: a waiting motion is replaced by a newer one. One counter numbers the messages of both channels.
 *
 * It keeps the book of what is held. While anything is, and after anything was not delivered, the whole set is stated
 * again and again: whatever was lost, the next statement puts the helper right.
 */

import type { Backend, InputChannel } from '../backend/backend';
import { encodeInput, type Button, type InputEvent } from '../protocol/input';
import { HELD_RESTATE } from '../protocol/limit';
import type { SessionId } from '../protocol/generated/SessionId';

/** More waiting than this means that the shell does not answer; then keys must not pile up and run later. */
const QUEUE = 512;
/** Events that say the whole of something, so that an older one waiting before it says nothing. */
const WHOLE: ReadonlySet<InputEvent['kind']> = new Set(['motion', 'point_at', 'held']);
/** Events that leave what is held as it is. */
const HOLDS_NOTHING: ReadonlySet<InputEvent['kind']> = new Set([
  'motion',
  'draw_begin',
  'draw_to',
  'draw_clear',
  'point_gone',
  'point_at',
]);

export class InputSender {
  #seq = 0;
  #queue: InputEvent[] = [];
  #sending = false;
  readonly #keys = new Set<number>();
  readonly #buttons = new Set<Button>();
  /** Something was not delivered: what the helper holds is not known. */
  #unsure = false;
  #clock: ReturnType<typeof setInterval> | undefined;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(
    private readonly backend: Pick<Backend, 'input'>,
    private readonly session: SessionId,
  ) {}

  send(event: InputEvent): void {
    this.#note(event);
    const last = this.#queue.at(-1);
    // Of what states the whole of something, the last one counts.
    if (event.kind === last?.kind && WHOLE.has(event.kind)) this.#queue.pop();
    if (this.#queue.length >= QUEUE) this.#queue = [{ kind: 'release_all' }];
    this.#queue.push(event);
    this.#tick();
    if (!this.#sending) void this.#drain();
  }

  /** Resolves when nothing waits to be sent: what is sent after it cannot run far behind what the technician sees. */
  idle(): Promise<void> {
    return this.#sending ? new Promise((done) => this.#idle.push(done)) : Promise.resolve();
  }

  /** Lets go of everything, for good. */
  close(): void {
    this.#closed = true;
    this.send({ kind: 'release_all' });
  }

  #note(event: InputEvent): void {
    switch (event.kind) {
      case 'key_down':
        this.#keys.add(event.key);
        break;
      case 'key_up':
        this.#keys.delete(event.key);
        break;
      case 'button_down':
        this.#buttons.add(event.button);
        break;
      case 'button_up':
        this.#buttons.delete(event.button);
        break;
      case 'release_all':
        this.#keys.clear();
        this.#buttons.clear();
        break;
    }
  }

  #held(): InputEvent {
    return { kind: 'held', keys: [...this.#keys].sort((a, b) => a - b), buttons: [...this.#buttons] };
  }

  /** Starts or stops the statements, as needed. */
  #tick(): void {
    const needed = this.#unsure || this.#keys.size > 0 || this.#buttons.size > 0;
    if (needed && !this.#closed) this.#clock ??= setInterval(() => this.send(this.#held()), HELD_RESTATE);
    else {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const channel: InputChannel = event.kind === 'motion' || event.kind === 'point_at' ? 'pointer' : 'input';
      this.#seq = (this.#seq + 1) >>> 0;
      try {
        await this.backend.input(this.session, channel, encodeInput({ ...event, seq: this.#seq }));
        if (event.kind === 'held' || event.kind === 'release_all') this.#unsure = false;
      } catch {
        // The call has ended or is being made anew: nothing is held there, and what was typed into it must not run later.
        this.#queue = [];
        this.#unsure ||= !HOLDS_NOTHING.has(event.kind);
      }
    }
    this.#sending = false;
    this.#tick();
    for (const done of this.#idle.splice(0)) done();
  }
}
