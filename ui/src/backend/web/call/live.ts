/** What happens on a connection that stands: the screen, its pictures, what is said on the channels. */

import { Malformed } from '../../../protocol/bytes';
import { decodeCursor } from '../../../protocol/cursor';
import { encodeFrame } from '../../../protocol/frame';
import { SHOWN } from '../../../protocol/limit';
import { cellsOf, decodeTiles } from '../../../protocol/tile';
import type { CallStats } from '../../../protocol/generated/CallStats';
import type { EndReason } from '../../../protocol/generated/EndReason';
import type { MachineNews } from '../../../protocol/generated/MachineNews';
import type { RoomNews } from '../../../protocol/generated/RoomNews';
import type { InputChannel, Preference } from '../../backend';
import type { ChannelName } from './channels';
import { Meter } from './meter';
import type { PictureInfo } from './picture';
import type { Handed } from './pictures.worker';
import { Hostile, take, type Screen } from './screen';
import { Order, Streams, type Ordered } from './streams';

/** Between two calls for attention that are heard, in milliseconds: half of what the helper keeps between them. */
const ATTENTION = 5_000;

export type LiveOutput =
  /** A connection has begun: what was said on an earlier one is void. */
  | { kind: 'begun' }
  | { kind: 'stats'; stats: CallStats }
  | { kind: 'machine'; news: MachineNews }
  | { kind: 'room'; news: RoomNews }
  /** A picture as those who watch read it. The first of a monitor is a key frame, and so is the next after a gap. */
  | { kind: 'frame'; monitor: number; seq: number; key: boolean; message: Uint8Array }
  | { kind: 'tiles'; message: Uint8Array }
  | { kind: 'cursor'; message: Uint8Array }
  | { kind: 'clipboard'; message: Uint8Array }
  | { kind: 'files'; message: Uint8Array }
  | { kind: 'say'; channel: ChannelName; message: Uint8Array };

/** What a message was, as far as the call has to know. */
export type Came = 'began' | 'screen' | 'restarts' | 'nothing' | { ended: EndReason };

const utf8 = new TextEncoder();
const FRAME = 'F'.charCodeAt(0);

export class Live {
  screen: Screen | null = null;
  readonly meter: Meter;
  /** How often the customer has asked for attention since the technician saw it. */
  attention: number;
  #heard: number;
  readonly #order = new Order();
  readonly #streams = new Streams();
  /** RTP time counted on past its wrapping, of the last picture. */
  #time: number | null = null;

  constructor(
    now: number,
    private readonly tell: (output: LiveOutput) => void,
    attention = 0,
    heard = -Infinity,
  ) {
    this.meter = new Meter(now);
    this.attention = attention;
    this.#heard = heard;
  }

  /** Another connection begins; who asked for attention still does. */
  anew(now: number): Live {
    return new Live(now, this.tell, this.attention, this.#heard);
  }

  say(message: { type: string } & Record<string, unknown>): void {
    this.tell({ kind: 'say', channel: 'control', message: utf8.encode(JSON.stringify(message)) });
  }

  prefer({ quality, frameRate, kbitPerS, scalePercent }: Preference): void {
    const limits = { frame_rate: frameRate, kbit_per_s: kbitPerS, scale_percent: scalePercent };
    this.say({ type: 'prefer', quality, ...limits });
  }

  /** False when there are no such monitors, or they are too many. */
  show(monitors: readonly number[], focus: number): boolean {
    const known = (monitor: number) => this.screen?.monitors.some(({ index }) => index === monitor) === true;
    if (monitors.length === 0 || monitors.length > SHOWN || !monitors.every(known)) return false;
    this.say({ type: 'show', monitors, focus });
    return true;
  }

  /** Keys, buttons, motion of the technician, as the page has written them. */
  input(channel: InputChannel, message: Uint8Array): void {
    this.tell({ kind: 'say', channel, message });
  }

  attended(): void {
    if (this.attention > 0) this.say({ type: 'attended' });
    this.attention = 0;
  }

  /** Whoever looks at the pictures of a monitor, or of all, has lost his place. */
  needKeyFrame(monitor: number | null, now: number): void {
    this.#streams.close(monitor);
    this.#wish(now);
  }

  #wish(now: number): void {
    for (const monitor of this.#streams.wishes(now)) this.say({ type: 'key_frame', monitor });
  }

  tick(now: number, watched: boolean): void {
    for (const ordered of this.#order.tick(now)) this.#judge(ordered, now);
    const stats = this.meter.take(now);
    if (stats) this.tell({ kind: 'stats', stats });
    // On a still screen no further picture comes by which a missing key frame would be noticed.
    if (watched) this.#wish(now);
  }

  /** A message came; throws {@link Hostile}. */
  message(channel: ChannelName, message: Uint8Array, now: number): Came {
    try {
      return this.#message(channel, message, now);
    } catch (error) {
      if (error instanceof Malformed) throw new Hostile('malformed');
      throw error;
    }
  }

  #message(channel: ChannelName, message: Uint8Array, now: number): Came {
    switch (channel) {
      case 'control':
        return this.#control(message, now);
      case 'cursor':
        decodeCursor(message);
        this.tell({ kind: 'cursor', message });
        return 'nothing';
      case 'tiles': {
        const { monitor, tiles } = decodeTiles(message);
        // Before the hello there is no picture either: the key frame that follows it voids these tiles.
        if (this.screen?.shown.includes(monitor)) {
          const cells = tiles.reduce((all, tile) => all + cellsOf(tile), 0);
          this.meter.tiles(cells, message.length);
          this.tell({ kind: 'tiles', message });
        }
        return 'nothing';
      }
      case 'clipboard':
      case 'files':
        this.tell({ kind: channel, message });
        return 'nothing';
      case 'input':
      case 'pointer':
        throw new Hostile('out_of_order');
    }
  }

  #control(message: Uint8Array, now: number): Came {
    const began = this.screen === null;
    const told = take(this.screen, message);
    switch (told.told) {
      case 'screen':
        this.screen = told.screen;
        this.#streams.show(told.screen.shown);
        return began ? 'began' : 'screen';
      case 'stats':
        this.meter.helper(told.stats);
        return 'nothing';
      case 'machine': {
        this.tell({ kind: 'machine', news: told.news });
        const { news } = told;
        return news.news === 'did' && news.deed.kind === 'restart' && news.outcome === 'done' ? 'restarts' : 'nothing';
      }
      case 'room':
        this.tell({ kind: 'room', news: told.news });
        return 'nothing';
      case 'attention':
        // One who asks without pause is not heard each time.
        if (now - this.#heard >= ATTENTION) {
          this.#heard = now;
          this.attention += 1;
        }
        return 'nothing';
      case 'ended':
        return { ended: told.reason };
      case 'error':
        return 'nothing';
    }
  }

  /** A picture came; throws {@link Hostile}. */
  picture(picture: Handed, now: number): void {
    this.meter.picture(picture.data.length);
    for (const ordered of this.#order.take(picture, now)) this.#judge(ordered, now);
  }

  #judge({ picture, lost }: Ordered, now: number): void {
    // Pictures and messages travel separately: the first picture may overtake the hello. It is asked for again.
    const { screen } = this;
    if (!screen) return;
    if (picture.codec !== screen.codec) throw new Hostile('out_of_order');
    const info = picture.info ?? onlyPicture(screen);
    if (!info) return;
    if (info.width * info.height > 128 * 1024 * 1024) throw new Hostile('too_large');
    const judged = this.#streams.judge(info.monitor, picture.key, lost, now);
    if (judged?.verdict === 'ask') this.say({ type: 'key_frame', monitor: info.monitor });
    if (judged?.verdict !== 'pass') return;
    const { codec, key, stamp, data } = picture;
    const frame = { codec, key, seq: judged.seq, ...info, captured_us: this.#captured(stamp), stamp, data };
    const message = encodeFrame(frame, FRAME);
    this.tell({ kind: 'frame', monitor: info.monitor, seq: judged.seq, key, message });
  }

  /** RTP time, 90 kHz and wrapping, as microseconds that go on. */
  #captured(stamp: number): number {
    const last = this.#time ?? stamp + 2 ** 32;
    const ahead = (stamp - (last % 2 ** 32)) | 0;
    this.#time = Math.max(0, last + ahead);
    return Math.floor((this.#time / 9) * 100);
  }
}

/** What a picture shows that says nothing of itself: all of the first monitor that is shown, as it is now. */
function onlyPicture({ monitors, shown }: Screen): PictureInfo | null {
  const monitor = monitors.find(({ index }) => index === shown[0]);
  return monitor ? { monitor: monitor.index, width: monitor.width, height: monitor.height, moved: [] } : null;
}
