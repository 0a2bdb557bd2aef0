/** The `control` channel as a page hears it (`deskhand_protocol::call::control::ToHelper`), checked. */

import { Malformed } from '../../../../server-lite/link/page/encode';
import { object, PROTOCOL_VERSION, whole } from '../../../../server-lite/link/page/signal';
import type { Preference } from './peer';

/** One message in characters. */
const LIMIT = 64 * 1024;

export type ToHelper =
  | { type: 'hello' }
  | { type: 'prefer'; preference: Preference }
  | { type: 'watch'; watching: boolean }
  | { type: 'want' }
  | { type: 'attended' }
  | { type: 'leave' }
  | { type: 'end' }
  /** Asks for what a page has not: it is refused. */
  | { type: 'beyond' }
  /** Nothing has to be done: there is one picture, and its key frames are the connection's matter. */
  | { type: 'nothing' };

const maybe = (value: unknown, most: number): number | null =>
  value === null || value === undefined ? null : whole(value, most);

/** Reads one message; throws {@link Malformed}. */
export function readControl(json: string): ToHelper {
  if (json.length > LIMIT) throw new Malformed();
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new Malformed();
  }
  const message = object(parsed);
  switch (message.type) {
    case 'hello':
      if (message.version !== PROTOCOL_VERSION) throw new Malformed();
      return { type: 'hello' };
    case 'prefer': {
      const frame_rate = maybe(message.frame_rate, 255);
      const scale_percent = maybe(message.scale_percent, 255);
      if (typeof message.quality !== 'string' || frame_rate === 0 || scale_percent === 0) throw new Malformed();
      const kbit_per_s = maybe(message.kbit_per_s, 0xffff_ffff);
      return { type: 'prefer', preference: { quality: message.quality, frame_rate, kbit_per_s, scale_percent } };
    }
    case 'watch':
      if (typeof message.watching !== 'boolean') throw new Malformed();
      return { type: 'watch', watching: message.watching };
    case 'want':
      return { type: 'want' };
    case 'room':
      // In a page there is one technician: nobody else is to know where he points.
      return { type: object(message.act).kind === 'pointer' ? 'nothing' : 'beyond' };
    case 'do':
    case 'programs':
    case 'system':
      return { type: 'beyond' };
    case 'attended':
      return { type: 'attended' };
    case 'show':
    case 'key_frame':
    case 'error':
      return { type: 'nothing' };
    case 'leave':
      return { type: 'leave' };
    case 'end':
      return { type: 'end' };
    default:
      throw new Malformed();
  }
}
