/** Holds pictures back from a slow decoder, as `deskhand_viewer::pace` does: what waits there is age on the screen. */

/** Pictures that may wait: 0.2 s at 60 per second. */
const PICTURES = 12;
/** Bytes that may wait: a few key frames of a big desktop. */
const BYTES = 4 * 1024 * 1024;

export class Pace {
  #waiting: { seq: number; length: number }[] = [];
  #bytes = 0;
  #dropping = false;

  /** Whether the next picture is handed on. */
  passes(seq: number, key: boolean, length: number): boolean {
    const full = this.#waiting.length >= PICTURES || this.#bytes >= BYTES;
    if (full || (this.#dropping && !key)) {
      this.#dropping = true;
      return false;
    }
    this.#dropping = false;
    this.#waiting.push({ seq, length });
    this.#bytes += length;
    return true;
  }

  /** The decoder is done with every picture up to this one. True when it has caught up after pictures were dropped. */
  drawn(seq: number): boolean {
    // Numbers wrap: what lies less than half the circle behind counts as earlier.
    this.#waiting = this.#waiting.filter(({ seq: first, length }) => {
      const waits = (seq - first + 2 ** 32) % 2 ** 32 > 2 ** 31;
      if (!waits) this.#bytes -= length;
      return waits;
    });
    return this.#dropping && this.#waiting.length === 0;
  }
}
