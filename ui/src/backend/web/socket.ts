/** The console's socket at the relay (`deskhand_protocol::relay::console_socket`): opened again until it is closed. */

/** Waits between two tries, in milliseconds. */
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** One that broke before this did not hold: hurrying back would only hammer the relay. */
const GOOD = 15_000;
/** One frame in characters, as far as a page reads it. */
const FRAME = 64 * 1024;
const PROTOCOL_VERSION = 1;

export type SocketEvent =
  | { kind: 'connected' }
  | { kind: 'lost' }
  /** A newer console of the same technician has taken its place. */
  | { kind: 'replaced' }
  | { kind: 'signed_out' }
  | { kind: 'message'; message: { type: string } & Record<string, unknown> };

export class ConsoleSocket {
  #socket: WebSocket | null = null;
  #welcomed = false;
  #openedAt = 0;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly url: string,
    private readonly tell: (event: SocketEvent) => void,
    private readonly make: (url: string) => WebSocket = (url) => new WebSocket(url),
  ) {
    this.#dial();
  }

  get connected(): boolean {
    return this.#welcomed;
  }

  /** False when nothing can be sent now. */
  send(message: { type: string } & Record<string, unknown>): boolean {
    if (!this.#socket || !this.#welcomed) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** What there is carries nothing any more, or what waits need not wait: it is tried at once. */
  redial(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#tries = 0;
    if (this.#socket) this.#lost(this.#socket);
    clearTimeout(this.#timer);
    this.#dial();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  #dial(): void {
    const socket = this.make(this.url);
    this.#socket = socket;
    this.#openedAt = Date.now();
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', version: PROTOCOL_VERSION, marks: true }));
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (socket === this.#socket) this.#take(socket, data);
    };
    socket.onclose = () => this.#lost(socket);
  }

  #take(socket: WebSocket, data: unknown): void {
    const message = typeof data === 'string' && data.length <= FRAME ? read(data) : null;
    // What does not keep the rules is no relay of ours: it is tried again, in case something stood between.
    if (!message) return this.#lost(socket);
    switch (message.type) {
      case 'welcome':
        this.#welcomed = true;
        return this.tell({ kind: 'connected' });
      case 'error': {
        const { code } = (message['error'] ?? {}) as { code?: unknown };
        if (code === 'replaced') return this.#end({ kind: 'replaced' });
        if (code === 'unauthenticated') return this.#end({ kind: 'signed_out' });
        return;
      }
      default:
        if (this.#welcomed) this.tell({ kind: 'message', message });
    }
  }

  #end(event: SocketEvent): void {
    this.close();
    this.tell(event);
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket || this.#closed) return;
    this.#drop();
    if (Date.now() - this.#openedAt > GOOD) this.#tries = 0;
    this.tell({ kind: 'lost' });
    const wait = WAITS[Math.min(this.#tries, WAITS.length - 1)] ?? 0;
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#dial(), wait * (0.75 + Math.random() / 2));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    socket?.close();
  }
}

function read(text: string): ({ type: string } & Record<string, unknown>) | null {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null || !('type' in message)) return null;
    return typeof message.type === 'string' ? (message as { type: string } & Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
