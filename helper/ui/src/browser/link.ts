/**
 * The page's connection to its relay: the helper's socket (`deskhand_protocol::relay::helper_socket`). Proves the page's
 * key, claims the session of the code, takes it up again after a loss. What comes is checked before it is told.
 */

import type { ChatLine, Marks } from '../generated';
import * as bytes from '../../../../server-lite/link/page/bytes';
import { fromBase64, id, Malformed, toBase64 } from '../../../../server-lite/link/page/encode';
import {
  endReason,
  object,
  plain,
  PROTOCOL_VERSION,
  SIGNAL_LIMIT,
  text,
  whole,
  type EndReason,
} from '../../../../server-lite/link/page/signal';

/** One frame of the socket, in characters. */
const FRAME_LIMIT = 64 * 1024;
/** A chat message in characters. */
export const CHAT_CHARS = 4_000;
/** Waits between two tries, in milliseconds. */
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** A connection that stood so long was a good one, in milliseconds. */
const GOOD = 15_000;

/** How this end reaches the console through the relay. */
export interface Detour {
  udp: boolean;
  username: string;
  credential: string;
}

/** What the relay knows of the session; its word only. */
export interface Claimed {
  session: string;
  name: string;
  company: string;
  messages: ChatLine[];
  /** How far the technicians have taken in what the customer wrote. */
  marks: Marks;
  online: boolean;
}

/** Why nothing is tried again. */
export type Refusal = 'invalid_code' | 'session_ended' | 'version' | 'replaced' | 'not_proven';

export type LinkEvent =
  | { kind: 'claimed'; claimed: Claimed }
  | { kind: 'signal'; signal: string }
  | { kind: 'detour'; detour: Detour }
  | { kind: 'chat'; line: ChatLine }
  /** The technicians have taken in more of what the customer wrote. */
  | { kind: 'marks'; marks: Marks }
  | { kind: 'console'; online: boolean }
  | { kind: 'ended'; reason: EndReason }
  /** Too many tries; it is tried again later. */
  | { kind: 'slow_down' }
  | { kind: 'lost' }
  | { kind: 'refused'; reason: Refusal };

export interface LinkParameters {
  /** `wss://host/api/v1/helper`. */
  url: string;
  finder: string;
  /** What browser this is, and on which system. */
  facts: { host: string; os: string; arch: string; helper_version: string };
  key: Uint8Array;
  sign: (message: Uint8Array) => Uint8Array;
  random: (length: number) => Uint8Array;
  tell: (event: LinkEvent) => void;
}

/** Codes after which nothing is tried again; for any other it is. */
const FINAL: Record<string, Refusal> = {
  invalid_code: 'invalid_code',
  session_ended: 'session_ended',
  version_unsupported: 'version',
  replaced: 'replaced',
  unauthenticated: 'not_proven',
};

function chatLine(value: unknown): ChatLine {
  const message = object(value);
  if (message.author !== 'customer' && message.author !== 'technician') throw new Malformed();
  return {
    id: id(message.id),
    seq: whole(message.seq, 0xffff_ffff),
    mine: message.author === 'customer',
    text: plain(message.text, CHAT_CHARS),
    sent_at: whole(message.sent_at, Number.MAX_SAFE_INTEGER),
  };
}

function marks(value: unknown): Marks {
  const { delivered, read } = object(value);
  return { delivered: whole(delivered, 0xffff_ffff), read: whole(read, 0xffff_ffff) };
}

export class RelayLink {
  readonly #parameters: LinkParameters;
  #socket: WebSocket | null = null;
  #session: string | null = null;
  #greeted = false;
  #closed = false;
  #tries = 0;
  #openedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(parameters: LinkParameters) {
    this.#parameters = parameters;
    this.#dial();
  }

  /** Sends a message about the session; `false` where it could not be sent now. */
  send(message: Record<string, unknown>): boolean {
    if (!this.#greeted || !this.#session || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify({ ...message, session: this.#session }));
    return true;
  }

  /** The network has changed: what stood before may lead nowhere. */
  doubt(): void {
    if (this.#closed) return;
    this.#drop();
    this.#tries = 0;
    this.#again();
  }

  /** Lets what was sent leave, and ends. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  #dial(): void {
    const socket = new WebSocket(this.#parameters.url);
    this.#socket = socket;
    this.#greeted = false;
    this.#openedAt = Date.now();
    const own = this.#parameters.random(32);
    socket.onopen = () => {
      const hello = {
        type: 'hello',
        version: PROTOCOL_VERSION,
        key: toBase64(this.#parameters.key),
        nonce: toBase64(own),
        marks: true,
      };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.#socket) return;
      try {
        this.#take(socket, event.data, own);
      } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        // What does not keep the rules is no relay of ours: it is tried again, in case something stood between.
        this.#lost(socket);
      }
    };
    socket.onclose = () => this.#lost(socket);
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket || this.#closed) return;
    this.#drop();
    if (Date.now() - this.#openedAt > GOOD) this.#tries = 0;
    this.#parameters.tell({ kind: 'lost' });
    this.#again();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    socket?.close();
  }

  #again(): void {
    clearTimeout(this.#timer);
    const wait = WAITS[Math.min(this.#tries, WAITS.length - 1)] ?? 0;
    this.#tries += 1;
    this.#timer = setTimeout(() => this.#dial(), wait * (0.75 + Math.random() / 2));
  }

  #refuse(reason: Refusal): void {
    this.close();
    this.#parameters.tell({ kind: 'refused', reason });
  }

  #take(socket: WebSocket, data: unknown, own: Uint8Array): void {
    const { tell } = this.#parameters;
    let parsed: unknown;
    try {
      parsed = JSON.parse(text(data, FRAME_LIMIT));
    } catch {
      throw new Malformed();
    }
    const message = object(parsed);
    switch (message.type) {
      case 'challenge': {
        if (message.version !== PROTOCOL_VERSION) return this.#refuse('version');
        const proof = bytes.relayProof(fromBase64(message.relay, 32), fromBase64(message.nonce, 32), own);
        const facts = { via: 'browser', ...this.#parameters.facts };
        socket.send(JSON.stringify({ type: 'prove', signature: toBase64(this.#parameters.sign(proof)), facts }));
        return;
      }
      case 'welcome': {
        const session = this.#session;
        const { finder } = this.#parameters;
        socket.send(JSON.stringify(session ? { type: 'resume', session } : { type: 'claim', finder }));
        return;
      }
      case 'claimed': {
        const session = id(message.session);
        if (this.#session && this.#session !== session) throw new Malformed();
        if (!Array.isArray(message.messages)) throw new Malformed();
        const [name, company] = [plain(message.technician_name), plain(message.company)];
        const messages = message.messages.map(chatLine);
        const technician = marks(object(message.marks).technician);
        this.#session = session;
        this.#greeted = true;
        tell({
          kind: 'claimed',
          claimed: {
            session,
            name,
            company,
            messages,
            marks: technician,
            online: message.console_online === true,
          },
        });
        return;
      }
      case 'error': {
        const { code } = object(message.error);
        if (typeof code !== 'string') throw new Malformed();
        const final = Object.hasOwn(FINAL, code) ? FINAL[code] : undefined;
        if (final) return this.#refuse(final);
        if (code === 'not_found' && this.#session) return this.#refuse('session_ended');
        if (code === 'too_many') tell({ kind: 'slow_down' });
        return;
      }
      default:
        if (this.#session === null || !this.#isOurs(message)) return;
        return this.#about(message);
    }
  }

  #isOurs(message: Record<string, unknown>): boolean {
    const session = message.type === 'chat' ? object(message.message).session : message.session;
    return session === this.#session;
  }

  #about(message: Record<string, unknown>): void {
    const { tell } = this.#parameters;
    switch (message.type) {
      case 'signal':
        return tell({ kind: 'signal', signal: text(message.signal, SIGNAL_LIMIT) });
      case 'detour': {
        const detour = object(message.detour);
        const [username, credential] = [text(detour.username, 200), text(detour.credential, 200)];
        return tell({ kind: 'detour', detour: { udp: detour.udp === true, username, credential } });
      }
      case 'chat':
        return tell({ kind: 'chat', line: chatLine(message.message) });
      case 'chat_marks':
        return tell({ kind: 'marks', marks: marks(message.marks) });
      case 'console':
        return tell({ kind: 'console', online: message.online === true });
      case 'ended':
        this.close();
        return tell({ kind: 'ended', reason: endReason(message.reason) });
      // One of a later version.
      default:
    }
  }
}
