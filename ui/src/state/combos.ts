/** Keys that a person cannot press here without this computer acting on them itself, and how they are sent. */

import { LOCK, MODIFIER, unknownLocks, type InputEvent } from '../protocol/input';
import { keyUsage } from '../protocol/keys';

/** Keys by their codes, in the order in which they go down. */
export type Combo = readonly string[];

const CONTROL_ALT_DELETE: Combo = ['ControlLeft', 'AltLeft', 'Delete'];

const COMBOS: readonly Combo[] = [
  CONTROL_ALT_DELETE,
  ['ControlLeft', 'ShiftLeft', 'Escape'],
  ['ControlLeft', 'Escape'],
  ['AltLeft', 'Tab'],
  ['AltLeft', 'F4'],
  ['MetaLeft'],
  ['MetaLeft', 'KeyR'],
  ['MetaLeft', 'KeyE'],
  ['PrintScreen'],
  ['AltLeft', 'PrintScreen'],
  ['Pause'],
  ['ContextMenu'],
];

/** F1 to F12. */
export const FUNCTION_KEYS: readonly Combo[] = Array.from({ length: 12 }, (_, index) => [`F${index + 1}`]);

const MODIFIERS: Readonly<Record<string, number>> = {
  ControlLeft: MODIFIER.control,
  ShiftLeft: MODIFIER.shift,
  AltLeft: MODIFIER.alt,
  MetaLeft: MODIFIER.meta,
};

/** Those that can be sent to a system. Windows takes Ctrl+Alt+Del from nobody but the keyboard and its own services. */
export function combosFor(os: string | null): readonly Combo[] {
  const closed = os !== null && /^(windows|mac)/i.test(os);
  return COMBOS.filter((combo) => !closed || combo !== CONTROL_ALT_DELETE);
}

/** Every key goes down, with what is held by then, and up again in the opposite order. */
export function strokes(combo: Combo): InputEvent[] {
  const locks = unknownLocks(LOCK.caps | LOCK.num | LOCK.scroll);
  let modifiers = 0;
  const keys = combo.flatMap((code) => {
    const key = keyUsage(code);
    return key === undefined ? [] : [{ code, key }];
  });
  const down = keys.map(({ code, key }): InputEvent => {
    modifiers |= MODIFIERS[code] ?? 0;
    return { kind: 'key_down', key, modifiers, locks, text: '' };
  });
  const up = keys.map(({ key }): InputEvent => ({ kind: 'key_up', key }));
  return [...down, ...up.reverse()];
}
