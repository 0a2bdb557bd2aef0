/**
 * The two clipboards of a call in a browser: text, each way by a click. A page may look into the clipboard of its computer
 * only then, and that is well so: nothing of one customer comes to another unless a person carries it there.
 *
 * The messages are those of `deskhand_protocol::call::clipboard`.
 */

import { BackendError, type BackendEvent } from '../backend';
import type { ClipboardWay } from '../../protocol/generated/ClipboardWay';
import { Malformed, Reader, Writer } from '../../protocol/bytes';
import type { Seat } from './call/seat';

const KIND_TEXT = 1;
/** Bytes that come with an offer. */
const HERE = 48 * 1024;
const CHUNK = 32 * 1024;
const TEXT = 8 * 1024 * 1024;
/** How long the customer's machine may take to hand over a text, in milliseconds. */
const PATIENCE = 15_000;
/** Bytes that may wait before a connection. */
const AHEAD = 256 * 1024;

/** What the customer has copied, as far as a page can use it. */
interface Theirs {
  serial: number;
  /** `null`: it is to be asked for. */
  text: string | null;
}

interface Wanted {
  request: number;
  parts: Uint8Array[];
  left: number;
  resolve: (text: string) => void;
  reject: (error: BackendError) => void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** One call's clipboards, from one connection to the next. */
class Joint {
  theirs: Theirs | null = null;
  #seen = 0;
  #serial = 0;
  #requests = 0;
  #mine: Uint8Array | null = null;
  #wanted: Wanted | null = null;

  constructor(
    private readonly seat: Seat,
    private readonly changed: () => void,
  ) {}

  /** A connection has begun: what was said on an earlier one is void. */
  begun(): void {
    this.theirs = null;
    this.#seen = this.#serial = 0;
    this.#mine = null;
    this.#wanted?.reject(new BackendError('customer_away', 'the connection was lost'));
    this.#wanted = null;
    this.changed();
  }

  heard(message: Uint8Array): void {
    const reader = new Reader(message, 'clipboard message');
    switch (reader.u8()) {
      case 0x01:
        return this.#offered(reader);
      case 0x02:
        return void this.#give(reader.u32(), reader.u32(), reader.u8());
      case 0x03: {
        const [request, length] = [reader.u32(), reader.u32()];
        if (request !== this.#wanted?.request) return;
        reader.require(length <= TEXT);
        this.#wanted.left = length;
        return this.#come();
      }
      case 0x04: {
        if (reader.u32() !== this.#wanted?.request) return;
        const part = reader.rest();
        reader.require(part.length <= this.#wanted.left);
        this.#wanted.parts.push(part.slice());
        this.#wanted.left -= part.length;
        return this.#come();
      }
      case 0x05:
        if (reader.u32() === this.#wanted?.request) this.#refuse();
        return;
      case 0x06:
        if (reader.u32() !== this.theirs?.serial) return;
        this.theirs = null;
        return this.changed();
      default:
        throw new Malformed('clipboard message');
    }
  }

  #offered(reader: Reader): void {
    const serial = reader.u32();
    reader.u32();
    reader.u8();
    this.#seen = serial;
    this.theirs = null;
    for (let left = reader.u8(); left > 0; left -= 1) {
      const [kind, here] = [reader.u8(), reader.u8()];
      const bytes = here === 1 ? reader.take(reader.u32()) : null;
      if (kind === KIND_TEXT) this.theirs = { serial, text: bytes && utf8.decode(bytes) };
    }
    this.changed();
  }

  /** The customer's text, now or once it has come. */
  take(): Promise<string> {
    const { theirs } = this;
    if (!theirs) return Promise.reject(new BackendError('bad_input', 'the customer has copied no text'));
    if (theirs.text !== null) return Promise.resolve(theirs.text);
    this.#refuse();
    return new Promise((resolve, reject) => {
      const request = (this.#requests += 1);
      const wanted = { request, parts: [], left: -1, resolve, reject };
      this.#wanted = wanted;
      this.#say(new Writer().u8(0x02).u32(request).u32(theirs.serial).u8(KIND_TEXT));
      setTimeout(() => {
        if (this.#wanted === wanted) this.#refuse();
      }, PATIENCE);
    });
  }

  #come(): void {
    const wanted = this.#wanted;
    if (wanted?.left !== 0) return;
    this.#wanted = null;
    const whole = new Uint8Array(wanted.parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of wanted.parts) {
      whole.set(part, at);
      at += part.length;
    }
    wanted.resolve(utf8.decode(whole));
  }

  #refuse(): void {
    this.#wanted?.reject(new BackendError('relay_away', 'the text did not come'));
    this.#wanted = null;
  }

  /** The customer's clipboard gets this text, and his machine then the paste key. */
  paste(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > TEXT) throw new BackendError('bad_input', 'the text is too long');
    this.#serial += 1;
    this.#mine = bytes;
    const offer = new Writer().u8(0x01).u32(this.#serial).u32(this.#seen).u8(0).u8(1).u8(KIND_TEXT);
    if (bytes.length <= HERE) offer.u8(1).u32(bytes.length).raw(bytes);
    else offer.u8(0);
    this.#say(offer);
    this.#say(new Writer().u8(0x07).u32(this.#serial));
  }

  /** The customer's machine asks for what was too long to come with the offer. */
  async #give(request: number, serial: number, kind: number): Promise<void> {
    const mine = this.#mine;
    if (!mine || serial !== this.#serial || kind !== KIND_TEXT) {
      // A newer offer has taken its place.
      this.#say(new Writer().u8(0x05).u32(request).u8(1).u32(0).u32(0));
      return;
    }
    this.#say(new Writer().u8(0x03).u32(request).u32(mine.length));
    for (let at = 0; at < mine.length && this.#mine === mine; at += CHUNK) {
      await this.seat.drained('clipboard', AHEAD);
      this.#say(
        new Writer()
          .u8(0x04)
          .u32(request)
          .raw(mine.subarray(at, at + CHUNK)),
      );
    }
  }

  #say(message: Writer): void {
    this.seat.say('clipboard', message.done());
  }
}

export class Clipboards {
  readonly #joints = new Map<string, Joint>();

  constructor(
    private readonly tell: (event: BackendEvent) => void,
    private readonly seat: (session: string) => Seat | undefined,
  ) {}

  /** Something on a call's clipboard channel; false when it breaks the rules. */
  heard(session: string, message: Uint8Array): boolean {
    try {
      this.#joint(session)?.heard(message);
      return true;
    } catch {
      return false;
    }
  }

  begun(session: string): void {
    this.#joint(session)?.begun();
  }

  over(session: string): void {
    this.#joints.delete(session);
  }

  /** What this computer's clipboard holds goes to the customer's, and then his machine gets the paste key. */
  async paste(session: string): Promise<void> {
    const text = await navigator.clipboard.readText().catch(() => '');
    if (text === '') return this.tell({ kind: 'clipboard', session, notice: { notice: 'nothing_to_paste' } });
    this.#of(session).paste(text);
    this.#moved(session, 'to_customer', text);
  }

  /** What the customer has copied goes into this computer's clipboard. */
  async take(session: string): Promise<void> {
    const text = this.#of(session).take();
    // A promise of the text, so that the click still counts when it takes a moment to come.
    const blob = text.then((text) => new Blob([text], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    this.#moved(session, 'from_customer', await text);
  }

  #moved(session: string, way: ClipboardWay, text: string): void {
    const size = new TextEncoder().encode(text).length;
    this.tell({ kind: 'clipboard', session, notice: { notice: 'moved', way, content: 'text', size } });
  }

  #of(session: string): Joint {
    const joint = this.#joint(session);
    if (!joint) throw new BackendError('unknown_session', 'no call in this session');
    return joint;
  }

  #joint(session: string): Joint | undefined {
    const known = this.#joints.get(session);
    const seat = known ? undefined : this.seat(session);
    if (known || !seat) return known;
    const joint: Joint = new Joint(seat, () =>
      this.tell({ kind: 'offered_text', session, offered: joint.theirs !== null }),
    );
    this.#joints.set(session, joint);
    return joint;
  }
}
