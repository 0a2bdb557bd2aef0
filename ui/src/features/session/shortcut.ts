/** The product's own shortcuts while a session is on screen. */

export type OwnKey = 'figures' | 'larger' | 'smaller' | 'fit';

/** By their place, because Alt with Shift changes letters. */
const KEYS: Readonly<Record<string, OwnKey>> = { KeyS: 'figures', PageUp: 'larger', PageDown: 'smaller', Home: 'fit' };

/** What Control, Alt, Shift and a key do here; `null` for keys that are not the product's own. */
export function ownKey(
  event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey'>,
): OwnKey | null {
  // On X11 Alt with Shift counts as Meta.
  const held = event.ctrlKey && event.shiftKey && (event.altKey || event.metaKey);
  return held && Object.hasOwn(KEYS, event.code) ? (KEYS[event.code] ?? null) : null;
}
