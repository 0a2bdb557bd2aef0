/** What the shell sends for a watched session: a tag byte, then a frame, a tile message or a cursor message. */

import { Malformed } from './bytes';

export type WatchedKind = 'frame' | 'tiles' | 'cursor';

const KINDS: Record<string, WatchedKind> = { F: 'frame', T: 'tiles', C: 'cursor' };

/** Which layout follows the tag; throws {@link Malformed}. */
export function watchedKind(bytes: Uint8Array): WatchedKind {
  const kind = KINDS[String.fromCharCode(bytes[0] ?? 0)];
  if (!kind) throw new Malformed('watch message');
  return kind;
}

/** The monitor of a frame or tile message with its tag, without reading it. */
export function watchedMonitor(message: Uint8Array): number {
  return message[watchedKind(message) === 'frame' ? 4 : 2] ?? 0;
}

/** The number of a frame with its tag, without reading it. */
export function frameSeq(message: Uint8Array): number {
  return message.length < 9 ? 0 : new DataView(message.buffer, message.byteOffset).getUint32(5, true);
}

/** Length of the codec's bytes in a frame with its tag, without reading it; 0 for what is none. */
export function videoBytes(message: Uint8Array): number {
  const runs = (message[25] ?? 0) + (message[26] ?? 0) * 256;
  return Math.max(0, message.length - 1 - 26 - runs * 4);
}
