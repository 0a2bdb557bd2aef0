/** Requests about the customer's files and their answers, over one connection; what is under way ends with it. */

import type { FilesError } from '../../../protocol/generated/FilesError';
import { decodeAnswer, encodeRequest, type FilesAnswer, type FilesRequest } from './filesWire';
import type { Seat } from './seat';

/** Bytes of files that may wait before a connection: more would keep keys and cells waiting behind them. */
const AHEAD = 128 * 1024;

/** Something was not done with a file. */
export class FilesFailed extends Error {
  constructor(readonly error: FilesError) {
    super(error);
  }
}

/** One request under way. */
export class Talk {
  readonly #answers: FilesAnswer[] = [];
  #wake: (() => void) | undefined;
  #failed: FilesError | null = null;

  constructor(
    private readonly id: number,
    private readonly seat: Seat,
    private readonly left: () => void,
  ) {}

  /** Its next answer; throws {@link FilesFailed}. */
  async next(): Promise<FilesAnswer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer) {
        if (answer.kind !== 'error') return answer;
        this.over();
        throw new FilesFailed(answer.error);
      }
      if (this.#failed) throw new FilesFailed(this.#failed);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** What has come already. */
  ready(): boolean {
    return this.#answers.length > 0 || this.#failed !== null;
  }

  say(request: FilesRequest): void {
    if (!this.seat.say('files', encodeRequest(this.id, request))) throw new FilesFailed('lost');
  }

  /** Likewise for bytes of a file: in their turn. */
  async sayBulk(request: FilesRequest): Promise<void> {
    await this.seat.drained('files', AHEAD);
    this.say(request);
  }

  /** No more of it is wanted. */
  cancel(keep: boolean): void {
    try {
      this.say({ kind: 'cancel', keep });
    } catch {
      // It ended with its connection.
    }
    this.fail('cancelled');
  }

  fail(error: FilesError): void {
    this.#failed ??= error;
    this.over();
    this.#wake?.();
  }

  over(): void {
    this.left();
  }

  heard(answer: FilesAnswer): void {
    this.#answers.push(answer);
    this.#wake?.();
  }
}

/** All that is asked over one connection. */
export class Talks {
  readonly #open = new Map<number, Talk>();
  #next = 1;

  constructor(private readonly seat: Seat) {}

  ask(request: FilesRequest): Talk {
    const id = this.#next;
    this.#next += 1;
    const talk = new Talk(id, this.seat, () => this.#open.delete(id));
    this.#open.set(id, talk);
    try {
      talk.say(request);
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
    return talk;
  }

  /** The one answer to a request. */
  async once<K extends FilesAnswer['kind']>(
    request: FilesRequest,
    kind: K,
  ): Promise<Extract<FilesAnswer, { kind: K }>> {
    const talk = this.ask(request);
    const answer = await talk.next();
    talk.over();
    if (answer.kind !== kind) throw new FilesFailed('failed');
    return answer as Extract<FilesAnswer, { kind: K }>;
  }

  /** Something came on the channel; throws when it is none of the messages that there are. */
  heard(message: Uint8Array): void {
    const { id, answer } = decodeAnswer(message);
    this.#open.get(id)?.heard(answer);
  }

  /** The connection is gone. */
  close(): void {
    for (const talk of [...this.#open.values()]) talk.fail('lost');
  }
}
