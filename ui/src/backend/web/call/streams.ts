/**
 * Which pictures may be decoded. What the browser hands over is whole, but may come in another order than it was sent,
 * and not all of it: {@link Order} puts it right by the number inside each picture and says where one is lost.
 * {@link Streams} takes the monitors apart, each counted anew: after a loss each waits for a key frame of its own.
 */

import type { Picture } from './picture';

/** How long a picture that others have overtaken is waited for, in milliseconds: three requests on a slow path. */
export const PATIENCE = 250;
/** Pictures that may wait for one before them. */
const WAITING = 64;
/** Between two wishes for a key frame, in milliseconds: one of a full desktop takes up to 0.2 s to make and to send. */
export const WISH_INTERVAL = 500;

const NUMBERS = 0x1_0000;
/** By how much one number is behind another, on their circle. */
const ahead = (of: number, from: number) => (of - from + NUMBERS) % NUMBERS;

/** What came, in order; `lost` where something before it did not. */
export interface Ordered {
  picture: Picture;
  lost: boolean;
}

export class Order {
  #next: number | null = null;
  readonly #waiting = new Map<number, Picture>();
  #since = 0;

  /** A picture came. Gives those that can go on now. */
  take(picture: Picture, now: number): Ordered[] {
    // A browser's pictures have no number: they go as they come.
    if (picture.number === null) return [{ picture, lost: false }];
    this.#next ??= picture.number;
    const distance = ahead(picture.number, this.#next);
    // Late, or a second time.
    if (distance >= NUMBERS / 2) return [];
    if (this.#waiting.size === 0) this.#since = now;
    this.#waiting.set(picture.number, picture);
    // With a key frame nothing before it is worth waiting for; nor is it when too many wait.
    const jump = distance > 0 && (picture.key || this.#waiting.size > WAITING);
    return jump ? this.#skipTo(picture.key ? picture.number : this.#first()) : this.#flow(false);
  }

  /** Time has passed. */
  tick(now: number): Ordered[] {
    if (this.#waiting.size === 0 || now < this.#since + PATIENCE) return [];
    this.#since = now;
    return this.#skipTo(this.#first());
  }

  #first(): number {
    const next = this.#next ?? 0;
    return [...this.#waiting.keys()].reduce((one, other) => (ahead(other, next) < ahead(one, next) ? other : one));
  }

  /** Those before are lost, or void. */
  #skipTo(number: number): Ordered[] {
    const next = this.#next ?? number;
    for (const waits of this.#waiting.keys()) if (ahead(waits, next) < ahead(number, next)) this.#waiting.delete(waits);
    this.#next = number;
    return this.#flow(true);
  }

  #flow(lost: boolean): Ordered[] {
    const flow: Ordered[] = [];
    for (;;) {
      const picture = this.#next === null ? undefined : this.#waiting.get(this.#next);
      if (!picture || this.#next === null) return flow;
      this.#waiting.delete(this.#next);
      this.#next = (this.#next + 1) % NUMBERS;
      flow.push({ picture, lost: lost && flow.length === 0 });
    }
  }
}

/** What to do with a picture. */
export interface Judged {
  verdict: 'pass' | 'drop' | 'ask';
  /** Its number among those of its monitor. */
  seq: number;
}

/** Nothing passes before a key frame, nor after a loss until the next one. */
class Gate {
  open = false;
  seq = 0;
  #asked = -Infinity;

  judge(key: boolean, now: number): Judged['verdict'] {
    this.seq = (this.seq + 1) % 2 ** 32;
    if (key || this.open) {
      this.open = true;
      this.#asked = -Infinity;
      return 'pass';
    }
    return this.wish(now) ? 'ask' : 'drop';
  }

  /** Whether a key frame should be asked for now. It then counts as asked. */
  wish(now: number): boolean {
    const wish = !this.open && now - this.#asked >= WISH_INTERVAL;
    if (wish) this.#asked = now;
    return wish;
  }
}

export class Streams {
  readonly #gates = new Map<number, Gate>();

  /** These are shown from now on. What is new begins with a closed gate. */
  show(monitors: readonly number[]): void {
    for (const known of [...this.#gates.keys()]) if (!monitors.includes(known)) this.#gates.delete(known);
    for (const monitor of monitors) if (!this.#gates.has(monitor)) this.#gates.set(monitor, new Gate());
  }

  /** `null` for a picture of a monitor that is not shown. */
  judge(monitor: number, key: boolean, lost: boolean, now: number): Judged | null {
    // It may have been any one's.
    if (lost) this.close(null);
    const gate = this.#gates.get(monitor);
    if (!gate) return null;
    const verdict = gate.judge(key, now);
    return { verdict, seq: gate.seq };
  }

  /** The viewer of this monitor, or of all, has lost its place. */
  close(monitor: number | null): void {
    for (const [at, gate] of this.#gates) if (monitor === null || monitor === at) gate.open = false;
  }

  /** The monitors of which a key frame should be asked for now. */
  wishes(now: number): number[] {
    return [...this.#gates].filter(([, gate]) => gate.wish(now)).map(([monitor]) => monitor);
  }
}
