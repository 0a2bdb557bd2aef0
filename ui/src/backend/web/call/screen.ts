/**
 * What the helper says of its screen, checked, as `deskhand_viewer::screen` does: the other end is hostile until shown
 * otherwise, and stays so. A message that is too long, not of its form or names what does not exist ends the call.
 */

import { Malformed } from '../../../../../server-lite/link/page/encode';
import {
  CAPABILITIES,
  CODECS,
  endReason,
  object,
  oneOf,
  plain,
  PROTOCOL_VERSION,
  whole,
} from '../../../../../server-lite/link/page/signal';
import type { Capability } from '../../../protocol/generated/Capability';
import type { DeclineReason } from '../../../protocol/generated/DeclineReason';
import type { EndReason } from '../../../protocol/generated/EndReason';
import type { MachineNews } from '../../../protocol/generated/MachineNews';
import type { Monitor } from '../../../protocol/generated/Monitor';
import type { PictureStats } from '../../../protocol/generated/PictureStats';
import type { RoomNews } from '../../../protocol/generated/RoomNews';
import type { Stopped } from '../../../protocol/generated/Stopped';
import type { Trouble } from '../../../protocol/generated/Trouble';
import type { VideoCodec } from '../../../protocol/generated/VideoCodec';
import { SHOWN } from '../../../protocol/limit';
import { deed, facts, list, number, OUTCOMES, programs, roomNews } from './told';

const CONTROL_MESSAGE = 64 * 1024;
const MONITORS = 16;
const LISTED = 32;
const PICTURE_PIXELS = 128 * 1024 * 1024;

/** What the helper is told when it broke a rule. */
export type Breach = 'too_large' | 'malformed' | 'unknown_message' | 'version_unsupported' | 'out_of_order';

/** Ends the call. */
export class Hostile extends Error {
  constructor(readonly code: Breach) {
    super(`the helper broke a rule: ${code}`);
  }
}

export interface Screen {
  granted: Capability[];
  held: Capability[];
  stopped: Stopped | null;
  asking: Capability[];
  may_return: boolean;
  declined: DeclineReason | null;
  monitors: Monitor[];
  shown: number[];
  codec: VideoCodec;
  trouble: Trouble | null;
}

export type Told =
  | { told: 'screen'; screen: Screen }
  | { told: 'stats'; stats: PictureStats }
  | { told: 'machine'; news: MachineNews }
  | { told: 'room'; news: RoomNews }
  | { told: 'attention' }
  | { told: 'ended'; reason: EndReason }
  | { told: 'error' };

const DECLINES = ['denied', 'no_answer', 'nothing_to_grant', 'busy', 'paused'] as const;
const STOPS = ['paused', 'bar_hidden'] as const;
const ROTATIONS = ['upright', 'right', 'inverted', 'left'] as const;
const LIMITS = ['none', 'network', 'encoder', 'choice'] as const;
const TROUBLES = [
  'no_capture',
  'no_encoder',
  'slow_encoder',
  'protected',
  'monitor_off',
  'secure_desktop',
  'elevated',
] as const;

const orNull = <T>(value: unknown, read: (value: unknown) => T): T | null =>
  value === null || value === undefined ? null : read(value);

function capabilities(value: unknown): Capability[] {
  const all = list(value, Number.MAX_SAFE_INTEGER, (one) => oneOf(one, CAPABILITIES));
  if (all.length > LISTED) throw new Hostile('too_large');
  return all;
}

function monitor(value: unknown): Monitor {
  const told = object(value);
  const position = (value: unknown) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 0x8000_0000) throw new Malformed();
    return value;
  };
  const [width, height] = [whole(told.width, 0xffff), whole(told.height, 0xffff)];
  if (width === 0 || height === 0 || width * height > PICTURE_PIXELS) throw new Malformed();
  return {
    index: whole(told.index, 255),
    name: plain(told.name),
    x: position(told.x),
    y: position(told.y),
    width,
    height,
    primary: told.primary === true,
    scale_percent: whole(told.scale_percent, 0xffff),
    rotation: oneOf(told.rotation, ROTATIONS),
  };
}

/** Those shown must be among them, and every one named once. */
function monitors(told: Record<string, unknown>): Pick<Screen, 'monitors' | 'shown'> {
  const monitors = list(told.monitors, MONITORS, monitor);
  const shown = list(told.shown, SHOWN, (one) => whole(one, 255));
  const known = new Set(monitors.map(({ index }) => index));
  const once = known.size === monitors.length && new Set(shown).size === shown.length;
  if (!once || !shown.every((one) => known.has(one))) throw new Malformed();
  return { monitors, shown };
}

function pictureStats(value: unknown): PictureStats {
  const told = object(value);
  const count = (name: string) => whole(told[name], 0xffff_ffff);
  return {
    captured: count('captured'),
    sent: count('sent'),
    bytes: count('bytes'),
    capture_ms: Math.max(0, number(told.capture_ms)),
    encode_ms: Math.max(0, number(told.encode_ms)),
    tiles: count('tiles'),
    tile_bytes: count('tile_bytes'),
    exact: told.exact === true,
    frame_rate: whole(told.frame_rate, 255),
    scale_percent: whole(told.scale_percent, 255),
    limit: oneOf(told.limit, LIMITS),
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads one message of the `control` channel; throws {@link Hostile}. */
export function take(screen: Screen | null, bytes: Uint8Array): Told {
  if (bytes.length > CONTROL_MESSAGE) throw new Hostile('too_large');
  try {
    const told = object(JSON.parse(utf8.decode(bytes)));
    // A hello of another version may have any other form.
    if (told.type === 'hello' && told.version !== PROTOCOL_VERSION) throw new Hostile('version_unsupported');
    return read(screen, told);
  } catch (error) {
    throw error instanceof Hostile ? error : new Hostile('malformed');
  }
}

function read(screen: Screen | null, told: Record<string, unknown>): Told {
  const change = (change: Partial<Screen>): Told => {
    if (!screen) throw new Hostile('out_of_order');
    return { told: 'screen', screen: { ...screen, ...change } };
  };
  switch (told.type) {
    case 'hello': {
      if (screen) throw new Hostile('out_of_order');
      const fresh: Screen = {
        granted: capabilities(told.granted),
        held: [],
        stopped: null,
        asking: [],
        may_return: false,
        declined: null,
        ...monitors(told),
        codec: oneOf(told.codec, CODECS),
        trouble: null,
      };
      return { told: 'screen', screen: fresh };
    }
    case 'monitors':
      return change(monitors(told));
    case 'granted': {
      const [granted, held, asking] = [told.granted, told.held ?? [], told.asking ?? []].map(capabilities);
      const more = granted?.some((one) => !screen?.granted.includes(one)) || (asking?.length ?? 0) > 0;
      return change({
        granted: granted ?? [],
        held: held ?? [],
        asking: asking ?? [],
        stopped: orNull(told.stopped, (one) => oneOf(one, STOPS)),
        may_return: told.may_return === true,
        // A new question, or more than before, is another word of his.
        ...(more && { declined: null }),
      });
    }
    case 'declined':
      return change({ declined: oneOf(told.reason, DECLINES) });
    case 'trouble':
      return change({ trouble: orNull(told.trouble, (one) => oneOf(one, TROUBLES)) });
    case 'stats':
      return { told: 'stats', stats: pictureStats(told.stats) };
    case 'did':
      return { told: 'machine', news: { news: 'did', deed: deed(told.deed), outcome: oneOf(told.outcome, OUTCOMES) } };
    case 'programs': {
      const more = whole(told.more, 0xffff_ffff);
      return { told: 'machine', news: { news: 'programs', programs: programs(told.programs), more } };
    }
    case 'system':
      return { told: 'machine', news: { news: 'system', facts: facts(told.facts) } };
    case 'room':
      return { told: 'room', news: roomNews(told.news) };
    case 'attention':
      return { told: 'attention' };
    case 'ended':
      return { told: 'ended', reason: endReason(told.reason) };
    case 'error':
      object(told.error);
      return { told: 'error' };
    default:
      throw typeof told.type === 'string' ? new Hostile('unknown_message') : new Malformed();
  }
}
