/** The remote pointer, helper to console. The layout is described in `deskhand_protocol::call::cursor`. */

import { Reader } from './bytes';
import { CURSOR_EDGE, CURSOR_MESSAGE } from './limit';

export interface CursorShape {
  kind: 'shape';
  /** Names it in a place. */
  id: number;
  hot_x: number;
  hot_y: number;
  width: number;
  height: number;
  /** `width * height` pixels, red first, alpha not multiplied in. */
  rgba: Uint8Array;
}

export interface CursorPlace {
  kind: 'place';
  shape: number;
  monitor: number;
  /** Pixels from the monitor's upper left corner; may lie outside. */
  x: number;
  y: number;
}

export type CursorMessage = CursorShape | CursorPlace | { kind: 'hidden' };

/** Reads the layout; throws {@link Malformed}. */
export function decodeCursor(bytes: Uint8Array): CursorMessage {
  const reader = new Reader(bytes, 'cursor message');
  reader.require(bytes.length <= CURSOR_MESSAGE);
  const message = read(reader);
  reader.end();
  return message;
}

function read(reader: Reader): CursorMessage {
  const code = reader.u8();
  switch (code) {
    case 0x01: {
      const id = reader.u32();
      const [hot_x, hot_y, width, height] = [reader.u16(), reader.u16(), reader.u16(), reader.u16()];
      for (const edge of [width, height]) reader.require(edge >= 1 && edge <= CURSOR_EDGE);
      return { kind: 'shape', id, hot_x, hot_y, width, height, rgba: reader.take(width * height * 4) };
    }
    case 0x02:
      return { kind: 'place', shape: reader.u32(), monitor: reader.u8(), x: reader.i32(), y: reader.i32() };
    default:
      reader.require(code === 0x03);
      return { kind: 'hidden' };
  }
}
