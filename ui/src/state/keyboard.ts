/**
 * From the browser's keyboard events to what the helper is told.
 *
 * Decides three things: what text a key produced, that composed text is sent once and as text, and when the
 * technician asks for his keyboard back (Control, Alt and Shift held and let go without another key).
 */

import { LOCK, MODIFIER, unknownLocks, type InputEvent } from '../protocol/input';
import { keyUsage } from '../protocol/keys';

/** What is read of a `KeyboardEvent`. */
export type KeyEvent = Pick<KeyboardEvent, 'code' | 'key' | 'isComposing' | 'timeStamp' | 'getModifierState'>;

/** What to do with one event: what to send, and whether the browser must not act on it itself. */
export interface Handled {
  send: InputEvent[];
  consume: boolean;
  /** The technician asks for his keyboard back. */
  release: boolean;
}

/** Windows makes AltGr out of a false left Control and the right Alt, both in the same moment, in milliseconds. */
const SAME_MOMENT = 2;

/** The text a key produced: `key` names a key by an ASCII word, everything else in it is text. */
export function keyText(key: string): string {
  return /^[A-Z][A-Za-z0-9]+$/.test(key) ? '' : key;
}

const LOCKS = [
  ['CapsLock', LOCK.caps],
  ['NumLock', LOCK.num],
  ['ScrollLock', LOCK.scroll],
] as const;

/** The chord's keys by their codes, because Alt with Shift calls itself Meta on X11. */
const CHORD = [
  ['ControlLeft', 'ControlRight'],
  ['AltLeft', 'AltRight'],
  ['ShiftLeft', 'ShiftRight'],
] as const;

/** Keys of the number pad that have a character under Num Lock and move the cursor without it. */
const PAD = /^Numpad([0-9]|Decimal)$/;

export class Keyboard {
  /** Codes whose key-down was sent and whose key-up was not. */
  readonly #down = new Set<string>();
  #controlAt = -Infinity;
  /** The key that is AltGr here, while it is down. */
  #altGraph: string | undefined;
  /** This browser tells of Num Lock; some never do. */
  #tellsNum = false;
  #chord = false;

  keyDown(event: KeyEvent): Handled {
    // The input method has this key; its text comes when it is composed.
    if (event.isComposing || event.key === 'Dead' || event.key === 'Process')
      return { send: [], consume: false, release: false };
    const send: InputEvent[] = [];
    if (event.code === 'ControlLeft') this.#controlAt = event.timeStamp;
    if (event.key === 'AltGraph' && event.timeStamp - this.#controlAt <= SAME_MOMENT)
      send.push(...this.#up('ControlLeft'));
    const key = keyUsage(event.code);
    const text = keyText(event.key);
    if (event.key === 'AltGraph') this.#altGraph = event.code;
    if (key !== undefined) this.#down.add(event.code);
    this.#chord = this.#isChord(event.code);
    if (key !== undefined) {
      send.push({ kind: 'key_down', key, modifiers: this.#modifiers(event), locks: this.#locks(event, text), text });
    } else if (text) {
      send.push({ kind: 'text', text });
    }
    return { send, consume: true, release: false };
  }

  keyUp(event: KeyEvent): Handled {
    const release = this.#chord;
    this.#chord = false;
    return { send: this.#up(event.code), consume: true, release };
  }

  /** The input method has finished. */
  composed(text: string): InputEvent[] {
    return text ? [{ kind: 'text', text }] : [];
  }

  /** A key that is not for the customer was pressed: what is held for it asks for nothing. */
  interrupt(): void {
    this.#chord = false;
  }

  /** The keyboard goes elsewhere: nothing is held any more. */
  blur(): InputEvent[] {
    this.#down.clear();
    this.#altGraph = undefined;
    this.#chord = false;
    return [{ kind: 'release_all' }];
  }

  /** Control, Alt and Shift are held, and the last key was one of them. */
  #isChord(code: string): boolean {
    return (
      CHORD.every((sides) => sides.some((side) => this.#down.has(side))) &&
      CHORD.some((sides) => (sides as readonly string[]).includes(code))
    );
  }

  /** The locks that are on, and those that cannot be known here: Num Lock may show in what the number pad makes. */
  #locks(event: KeyEvent, text: string): number {
    const on = LOCKS.reduce((sum, [name, bit]) => (event.getModifierState(name) ? sum | bit : sum), 0);
    this.#tellsNum ||= (on & LOCK.num) !== 0;
    if (this.#tellsNum) return on;
    if (!PAD.test(event.code)) return on | unknownLocks(LOCK.num);
    // Shift turns it round for one key.
    return event.getModifierState('Shift') || !text ? on : on | LOCK.num;
  }

  #modifiers(event: KeyEvent): number {
    const held = (...codes: string[]) => codes.some((code) => this.#down.has(code));
    const altGraph = event.getModifierState('AltGraph') || this.#altGraph !== undefined;
    const alt = (event.getModifierState('Alt') && !altGraph) || held('AltLeft') || (held('AltRight') && !altGraph);
    // On X11 Alt with Shift counts as Meta, though no such key is held.
    const meta = event.getModifierState('Meta') && (!alt || held('MetaLeft', 'MetaRight', 'OSLeft', 'OSRight'));
    return (
      (event.getModifierState('Shift') ? MODIFIER.shift : 0) |
      (event.getModifierState('Control') ? MODIFIER.control : 0) |
      (alt ? MODIFIER.alt : 0) |
      (meta ? MODIFIER.meta : 0) |
      (altGraph ? MODIFIER.altGraph : 0)
    );
  }

  #up(code: string): InputEvent[] {
    const key = keyUsage(code);
    if (this.#altGraph === code) this.#altGraph = undefined;
    return this.#down.delete(code) && key !== undefined ? [{ kind: 'key_up', key }] : [];
  }
}
