/** What the shell sends for a watched session: a tag byte, then a frame or a cursor message. */

import { Malformed } from './bytes';
import { decodeCursor, type CursorMessage } from './cursor';
import { decodeFrame, type EncodedFrame } from './frame';

export type Watched = { frame: EncodedFrame } | { cursor: CursorMessage };

const FRAME = 'F'.charCodeAt(0);
const CURSOR = 'C'.charCodeAt(0);

/** Reads one message; throws {@link Malformed}. */
export function decodeWatched(bytes: Uint8Array): Watched {
  switch (bytes[0]) {
    case FRAME:
      return { frame: decodeFrame(bytes.subarray(1)) };
    case CURSOR:
      return { cursor: decodeCursor(bytes.subarray(1)) };
    default:
      throw new Malformed('watch message');
  }
}
