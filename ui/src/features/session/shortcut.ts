/** The product's own shortcut while a session is on screen. */

/** Control, Alt, Shift and S show and hide the figures; by its place, because Alt with Shift changes letters. */
export function isFiguresKey(
  event: Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'metaKey' | 'shiftKey'>,
): boolean {
  // On X11 Alt with Shift counts as Meta.
  return event.code === 'KeyS' && event.ctrlKey && event.shiftKey && (event.altKey || event.metaKey);
}
