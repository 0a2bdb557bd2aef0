/**
 * What a helper says inside each coded picture (`deskhand_link::peer::video::info`): its number in the connection, of
 * which monitor it is, which cells moved; and the picture without it.
 *
 * | codec | form |
 * |---|---|
 * | AV1 | metadata OBU of a type left to users |
 * | H.264 | SEI NAL unit, user data unregistered, escaped |
 */

import { Reader } from '../../../protocol/bytes';
import { readRuns, type Run } from '../../../protocol/frame';
import type { VideoCodec } from '../../../protocol/generated/VideoCodec';

export interface PictureInfo {
  monitor: number;
  width: number;
  height: number;
  moved: Run[];
}

/** A picture as the browser hands it over. */
export interface Picture {
  codec: VideoCodec;
  key: boolean;
  /** Counts those of the connection, to 65535; `null` for one that a browser has encoded. */
  number: number | null;
  /** Its RTP time. */
  stamp: number;
  /** `null` for one that a browser has encoded: it says nothing of itself. */
  info: PictureInfo | null;
  data: Uint8Array;
}

const METADATA_OBU = 5;
const DELIMITER_OBU = 2;
const OURS = 25;
const TRAILING = 0x80;
const SEI = 6;
const USER_DATA = 5;
const UUID = [0x8d, 0x1e, 0x5a, 0x0c, 0x67, 0x3b, 0x4d, 0x91, 0x9c, 0x2f, 0x31, 0x6e, 0xd4, 0x58, 0xa7, 0x12];
/** A temporal delimiter with its size. */
const DELIMITER = [(DELIMITER_OBU << 3) | 2, 0];

export interface Taken {
  number: number;
  info: PictureInfo;
  data: Uint8Array;
}

/** Number and info of a picture, and its bytes without them; `null` when it is none of a helper's. */
export function takeInfo(codec: VideoCodec, data: Uint8Array): Taken | null {
  try {
    return codec === 'av1' ? takeAv1(data) : codec === 'h264' ? takeH264(data) : null;
  } catch {
    return null;
  }
}

function without(data: Uint8Array, from: number, to: number, before: readonly number[] = []): Uint8Array {
  const rest = new Uint8Array(before.length + data.length - (to - from));
  rest.set(before);
  rest.set(data.subarray(0, from), before.length);
  rest.set(data.subarray(to), before.length + from);
  return rest;
}

function readInfo(bytes: Uint8Array): Omit<Taken, 'data'> {
  const number = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const reader = new Reader(bytes.subarray(2), 'picture info');
  reader.require(reader.u8() === 1);
  const monitor = reader.u8();
  const [width, height] = [reader.u16(), reader.u16()];
  reader.require(width > 0 && height > 0);
  const moved = readRuns(reader, width, height);
  reader.end();
  return { number, info: { monitor, width, height, moved } };
}

/** A length as AV1 writes it, and where what follows begins. */
function leb128(data: Uint8Array, at: number): [number, number] {
  let value = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = data[at + index] ?? 0x80;
    value |= (byte & 0x7f) << (7 * index);
    if ((byte & 0x80) === 0) return [value, at + index + 1];
  }
  throw new RangeError('length');
}

function takeAv1(data: Uint8Array): Taken | null {
  let found: { from: number; to: number; body: Uint8Array } | null = null;
  let delimited = false;
  for (let at = 0; at < data.length;) {
    const header = data[at] ?? 0;
    if ((header & 0x80) !== 0 || (header & 2) === 0) return null;
    const [length, body] = leb128(data, at + ((header & 4) === 0 ? 1 : 2));
    const to = body + length;
    if (to > data.length) return null;
    const kind = (header >> 3) & 0xf;
    if (kind === DELIMITER_OBU) delimited = true;
    if (kind === METADATA_OBU && data[body] === OURS) {
      if (found) return null;
      found = { from: at, to, body: data.subarray(body + 1, to) };
    }
    at = to;
  }
  if (!found || found.body.at(-1) !== TRAILING) return null;
  const { from, to, body } = found;
  return { ...readInfo(body.subarray(0, -1)), data: without(data, from, to, delimited ? [] : DELIMITER) };
}

/** Where NAL units begin, with their start codes, and where their headers are. */
function units(data: Uint8Array): { from: number; header: number }[] {
  const found = [];
  for (let at = 0; at + 3 < data.length; at += 1) {
    if (data[at] !== 0 || data[at + 1] !== 0 || data[at + 2] !== 1) continue;
    found.push({ from: at > 0 && data[at - 1] === 0 ? at - 1 : at, header: at + 3 });
    at += 2;
  }
  return found;
}

function unescape(data: Uint8Array): Uint8Array {
  const plain: number[] = [];
  let zeros = 0;
  for (const byte of data) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    plain.push(byte);
  }
  return Uint8Array.from(plain);
}

/** What our SEI message holds; `null` for any other. */
function userData(message: Uint8Array): Uint8Array | null {
  if (message[0] !== USER_DATA) return null;
  let at = 1;
  let size = 0;
  for (let byte = 0xff; byte === 0xff; at += 1) {
    byte = message[at] ?? 0;
    size += byte;
  }
  const end = at + size;
  if (message.length !== end + 1 || message[end] !== TRAILING) return null;
  return UUID.every((byte, n) => message[at + n] === byte) ? message.subarray(at + UUID.length, end) : null;
}

function takeH264(data: Uint8Array): Taken | null {
  const all = units(data);
  for (const [n, { from, header }] of all.entries()) {
    if (((data[header] ?? 0) & 0x1f) !== SEI) continue;
    const to = all[n + 1]?.from ?? data.length;
    const said = userData(unescape(data.subarray(header + 1, to)));
    if (said) return { ...readInfo(said), data: without(data, from, to) };
  }
  return null;
}
