/**
 * From the browser's keyboard events to what the helper is told.
 *
 * Decides three things: what text a key produced, that composed text is sent once and as text, and when the
 * technician asks for his keyboard back (Control, Alt and Shift held and let go without another key).
 */

import { LOCK, MODIFIER, type InputEvent } from '../protocol/input';
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
const CHORD = ['Control', 'Alt', 'Shift'] as const;

/** The text a key produced: `key` names a key by an ASCII word, everything else in it is text. */
export function keyText(key: string): string {
  return /^[A-Z][A-Za-z0-9]+$/.test(key) ? '' : key;
}

function bits(event: KeyEvent, names: readonly (readonly [string, number])[]): number {
  return names.reduce((sum, [name, bit]) => (event.getModifierState(name) ? sum | bit : sum), 0);
}

const MODIFIERS = [
  ['Shift', MODIFIER.shift],
  ['Control', MODIFIER.control],
  ['Alt', MODIFIER.alt],
  ['Meta', MODIFIER.meta],
  ['AltGraph', MODIFIER.altGraph],
] as const;
const LOCKS = [
  ['CapsLock', LOCK.caps],
  ['NumLock', LOCK.num],
  ['ScrollLock', LOCK.scroll],
] as const;

export class Keyboard {
  /** Codes whose key-down was sent and whose key-up was not. */
  readonly #down = new Set<string>();
  #controlAt = -Infinity;
  #chord = false;

  keyDown(event: KeyEvent): Handled {
    // The input method has this key; its text comes when it is composed.
    if (event.isComposing || event.key === 'Dead' || event.key === 'Process')
      return { send: [], consume: false, release: false };
    this.#chord =
      CHORD.every((name) => event.getModifierState(name)) && (CHORD as readonly string[]).includes(event.key);
    const send: InputEvent[] = [];
    if (event.code === 'ControlLeft') this.#controlAt = event.timeStamp;
    if (event.key === 'AltGraph' && event.timeStamp - this.#controlAt <= SAME_MOMENT)
      send.push(...this.#up('ControlLeft'));
    const key = keyUsage(event.code);
    const text = keyText(event.key);
    if (key !== undefined) {
      this.#down.add(event.code);
      send.push({ kind: 'key_down', key, modifiers: bits(event, MODIFIERS), locks: bits(event, LOCKS), text });
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

  /** The keyboard goes elsewhere: nothing is held any more. */
  blur(): InputEvent[] {
    this.#down.clear();
    this.#chord = false;
    return [{ kind: 'release_all' }];
  }

  #up(code: string): InputEvent[] {
    const key = keyUsage(code);
    return this.#down.delete(code) && key !== undefined ? [{ kind: 'key_up', key }] : [];
  }
}
