/** Reads and writes the fixed little-endian layouts of the Rust crate `deskhand-protocol`, never past the end. */

/** Bytes that are not of the layout. */
export class Malformed extends Error {
  constructor(what: string) {
    super(`malformed ${what}`);
    this.name = 'Malformed';
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is left of a message. Every read beyond the end throws {@link Malformed}. */
export class Reader {
  #at = 0;
  readonly #view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly what: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8 = (): number => this.#view.getUint8(this.#step(1));
  u16 = (): number => this.#view.getUint16(this.#step(2), true);
  i16 = (): number => this.#view.getInt16(this.#step(2), true);
  u32 = (): number => this.#view.getUint32(this.#step(4), true);
  i32 = (): number => this.#view.getInt32(this.#step(4), true);

  /** A 64-bit number; exact up to 2^53, which is 285 years in microseconds. */
  u64(): number {
    const low = this.u32();
    return this.u32() * 2 ** 32 + low;
  }

  take(length: number): Uint8Array {
    const start = this.#step(length);
    return this.bytes.subarray(start, start + length);
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }

  /** How much is left. */
  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** The rest as text of `min` to `max` bytes. */
  text(min: number, max: number): string {
    const bytes = this.rest();
    this.require(bytes.length >= min && bytes.length <= max);
    try {
      return utf8.decode(bytes);
    } catch {
      throw new Malformed(this.what);
    }
  }

  /** Nothing may be left. */
  end(): void {
    this.require(this.#at === this.bytes.length);
  }

  require(holds: boolean): void {
    if (!holds) throw new Malformed(this.what);
  }

  #step(length: number): number {
    const start = this.#at;
    this.require(start + length <= this.bytes.length);
    this.#at += length;
    return start;
  }
}

/** A message being written. */
export class Writer {
  readonly #bytes: number[] = [];

  u8(value: number): this {
    this.#bytes.push(value & 0xff);
    return this;
  }

  u16(value: number): this {
    return this.u8(value).u8(value >>> 8);
  }

  u32(value: number): this {
    return this.u16(value).u16(value >>> 16);
  }

  raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** The text in UTF-8, cut at a character's edge so that it has at most `max` bytes. */
export function utf8Cut(text: string, max: number): Uint8Array {
  const out = new Uint8Array(max);
  const { written } = new TextEncoder().encodeInto(text, out);
  return out.subarray(0, written);
}
