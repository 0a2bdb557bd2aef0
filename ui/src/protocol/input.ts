/**
 * Keys, text, buttons, wheel and motion, console to helper. The layout is described in `deskhand_protocol::call::input`;
 * both sides are held to it by the shared vectors in `server-lite/protocol/vectors`.
 */

import { Reader, Writer, utf8Cut } from './bytes';
import { HELD_KEYS, INPUT_MESSAGE, INPUT_TEXT, KEY_TEXT } from './limit';

/** Bits of `modifiers`: held while a key went down. */
export const MODIFIER = { shift: 1, control: 2, alt: 4, meta: 8, altGraph: 16 } as const;
/** Bits of `locks`: in effect while a key went down. */
export const LOCK = { caps: 1, num: 2, scroll: 4 } as const;

/** The bits of `locks` that say that the state of these is unknown here. */
export function unknownLocks(locks: number): number {
  return (locks & 0x07) << 3;
}

/** The same numbers as `MouseEvent.button`. */
export const BUTTONS = ['left', 'middle', 'right', 'back', 'forward'] as const;
export type Button = (typeof BUTTONS)[number];

/** A place on a monitor: 0..=65535 across its width and height. */
export interface Place {
  monitor: number;
  x: number;
  y: number;
}

/** One thing the technician did. */
export type InputEvent =
  | { kind: 'key_down'; key: number; modifiers: number; locks: number; text: string }
  | { kind: 'key_up'; key: number }
  | { kind: 'text'; text: string }
  | ({ kind: 'button_down'; button: Button } & Place)
  | ({ kind: 'button_up'; button: Button } & Place)
  | ({ kind: 'wheel'; dx: number; dy: number } & Place)
  | { kind: 'release_all' }
  /** All that is held now, keys in ascending order; nothing else is. */
  | { kind: 'held'; keys: number[]; buttons: Button[] }
  | ({ kind: 'motion' } & Place)
  | PointEvent;

/** What is drawn with, in the order of its numbers. */
export const DRAWING_TOOLS = ['pen', 'arrow', 'box'] as const;
export type DrawingTool = (typeof DRAWING_TOOLS)[number];

/** Pointing and drawing on the customer's screen without touching anything; see `deskhand_protocol::call::point`. */
export type PointEvent =
  | ({ kind: 'draw_begin'; tool: DrawingTool } & Place)
  | ({ kind: 'draw_to' } & Place)
  | { kind: 'draw_clear' }
  | { kind: 'point_gone' }
  | ({ kind: 'point_at' } & Place);

/** An event with its number, which counts over both channels and wraps at 2^32. */
export type InputMessage = InputEvent & { seq: number };

const CODE: Record<InputEvent['kind'], number> = {
  key_down: 0x01,
  key_up: 0x02,
  text: 0x03,
  button_down: 0x04,
  button_up: 0x05,
  wheel: 0x06,
  release_all: 0x07,
  held: 0x08,
  motion: 0x10,
  draw_begin: 0x20,
  draw_to: 0x21,
  draw_clear: 0x22,
  point_gone: 0x23,
  point_at: 0x30,
};

/** The middle of a pixel as a share of the monitor's edge: `(pixel + 0.5) * 65536 / size`. */
export function share(pixel: number, size: number): number {
  const inside = Math.min(Math.max(Math.floor(pixel), 0), size - 1);
  return Math.floor(((inside + 0.5) * 65536) / size);
}

/** Writes the layout. Texts over their limits are cut at a character's edge. */
export function encodeInput(message: InputMessage): Uint8Array {
  const out = new Writer().u8(CODE[message.kind]).u32(message.seq);
  switch (message.kind) {
    case 'key_down':
      return out.u16(message.key).u8(message.modifiers).u8(message.locks).raw(utf8Cut(message.text, KEY_TEXT)).done();
    case 'key_up':
      return out.u16(message.key).done();
    case 'text':
      return out.raw(utf8Cut(message.text, INPUT_TEXT)).done();
    case 'button_down':
    case 'button_up':
      return writePlace(out.u8(BUTTONS.indexOf(message.button)), message).done();
    case 'wheel':
      return writePlace(out, message).u16(message.dx).u16(message.dy).done();
    case 'release_all':
      return out.done();
    case 'held':
      out.u8(message.buttons.reduce((bits, button) => bits | (1 << BUTTONS.indexOf(button)), 0));
      for (const key of message.keys.slice(0, HELD_KEYS)) out.u16(key);
      return out.done();
    case 'draw_begin':
      return writePlace(out.u8(DRAWING_TOOLS.indexOf(message.tool)), message).done();
    case 'draw_clear':
    case 'point_gone':
      return out.done();
    case 'motion':
    case 'draw_to':
    case 'point_at':
      return writePlace(out, message).done();
  }
}

/** Reads the layout; throws {@link Malformed} for anything that {@link encodeInput} would not write. */
export function decodeInput(bytes: Uint8Array): InputMessage {
  const reader = new Reader(bytes, 'input message');
  reader.require(bytes.length <= INPUT_MESSAGE);
  const code = reader.u8();
  const seq = reader.u32();
  const message: InputMessage = { ...readEvent(code, reader), seq };
  reader.end();
  return message;
}

function readEvent(code: number, reader: Reader): InputEvent {
  switch (code) {
    case CODE.key_down: {
      const [key, modifiers, locks] = [reader.u16(), reader.u8(), reader.u8()];
      reader.require(modifiers <= 0x1f && locks <= 0x3f && (locks & (locks >> 3)) === 0);
      return { kind: 'key_down', key, modifiers, locks, text: reader.text(0, KEY_TEXT) };
    }
    case CODE.key_up:
      return { kind: 'key_up', key: reader.u16() };
    case CODE.text:
      return { kind: 'text', text: reader.text(1, INPUT_TEXT) };
    case CODE.button_down:
      return { kind: 'button_down', button: readButton(reader), ...readPlace(reader) };
    case CODE.button_up:
      return { kind: 'button_up', button: readButton(reader), ...readPlace(reader) };
    case CODE.wheel:
      return { kind: 'wheel', ...readPlace(reader), dx: reader.i16(), dy: reader.i16() };
    case CODE.release_all:
      return { kind: 'release_all' };
    case CODE.draw_begin: {
      const tool = DRAWING_TOOLS[reader.u8()];
      reader.require(tool !== undefined);
      return { kind: 'draw_begin', tool: tool as DrawingTool, ...readPlace(reader) };
    }
    case CODE.draw_to:
      return { kind: 'draw_to', ...readPlace(reader) };
    case CODE.draw_clear:
      return { kind: 'draw_clear' };
    case CODE.point_gone:
      return { kind: 'point_gone' };
    case CODE.point_at:
      return { kind: 'point_at', ...readPlace(reader) };
    case CODE.held:
      return readHeld(reader);
    default:
      reader.require(code === CODE.motion);
      return { kind: 'motion', ...readPlace(reader) };
  }
}

function readHeld(reader: Reader): InputEvent {
  const bits = reader.u8();
  reader.require(bits <= 0x1f);
  const keys: number[] = [];
  while (reader.left > 0) {
    const key = reader.u16();
    reader.require(keys.length < HELD_KEYS && key > (keys.at(-1) ?? -1));
    keys.push(key);
  }
  return { kind: 'held', keys, buttons: BUTTONS.filter((_, bit) => bits & (1 << bit)) };
}

function readButton(reader: Reader): Button {
  const button = BUTTONS[reader.u8()];
  reader.require(button !== undefined);
  return button as Button;
}

function writePlace(out: Writer, place: Place): Writer {
  return out.u8(place.monitor).u16(place.x).u16(place.y);
}

function readPlace(reader: Reader): Place {
  return { monitor: reader.u8(), x: reader.u16(), y: reader.u16() };
}
