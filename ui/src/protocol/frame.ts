/** One encoded picture as the shell hands it to the page. The layout is described in `deskhand_protocol::call::frame`. */

import { Reader } from './bytes';
import { Grid } from './grid';
import type { VideoCodec } from './generated/VideoCodec';

/** As they are numbered, from 1. */
const CODECS: readonly VideoCodec[] = ['av1', 'h264', 'vp9', 'vp8'];

/** Cells have numbers of 16 bits. */
const NAMEABLE = 65_536;

/** Cells that follow each other. */
export interface Run {
  start: number;
  len: number;
}

export interface EncodedFrame {
  codec: VideoCodec;
  /** Whether decoding can begin with it. */
  key: boolean;
  monitor: number;
  /** Counts pictures, without gaps unless one was lost. */
  seq: number;
  /** Size of the monitor's picture; the coded one may be smaller. */
  width: number;
  height: number;
  /** Microseconds on the helper's clock; only differences mean anything. */
  captured_us: number;
  /** The same moment on the clock of the exact cells: 90 kHz, wraps. */
  stamp: number;
  /** Cells that moved away from what is exact; ascending, not touching. A key frame moves everything and names none. */
  moved: Run[];
  data: Uint8Array;
}

/** Reads header and data; throws {@link Malformed}. The data is a view into `bytes`. */
export function decodeFrame(bytes: Uint8Array): EncodedFrame {
  const reader = new Reader(bytes, 'frame');
  reader.require(reader.u8() === 0x01);
  const codec = reader.u8();
  const coded = CODECS[codec - 1];
  reader.require(coded !== undefined);
  const flags = reader.u8();
  reader.require(flags <= 1);
  const key = flags === 1;
  const monitor = reader.u8();
  const seq = reader.u32();
  const [width, height] = [reader.u16(), reader.u16()];
  const captured_us = reader.u64();
  const stamp = reader.u32();
  const moved = readRuns(reader, width, height);
  reader.require(!key || moved.length === 0);
  const data = reader.rest();
  return { codec: coded ?? 'av1', key, monitor, seq, width, height, captured_us, stamp, moved, data };
}

/** Writes the same layout. */
export function encodeFrame(frame: EncodedFrame, tag: number): Uint8Array {
  const { codec, key, monitor, seq, width, height, captured_us, stamp, moved, data } = frame;
  const bytes = new Uint8Array(27 + moved.length * 4 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([tag, 0x01, CODECS.indexOf(codec) + 1, Number(key), monitor]);
  view.setUint32(5, seq, true);
  view.setUint16(9, width, true);
  view.setUint16(11, height, true);
  view.setUint32(13, captured_us % 2 ** 32, true);
  view.setUint32(17, Math.floor(captured_us / 2 ** 32), true);
  view.setUint32(21, stamp, true);
  view.setUint16(25, moved.length, true);
  moved.forEach(({ start, len }, n) => {
    view.setUint16(27 + n * 4, start, true);
    view.setUint16(29 + n * 4, len, true);
  });
  bytes.set(data, 27 + moved.length * 4);
  return bytes;
}

/** Cells that moved, of a picture of this size. */
export function readRuns(reader: Reader, width: number, height: number): Run[] {
  const cells = Math.min(new Grid(width, height).cells, NAMEABLE);
  const all: Run[] = [];
  let free = 0;
  for (let left = reader.u16(); left > 0; left -= 1) {
    const [start, len] = [reader.u16(), reader.u16()];
    reader.require(len > 0 && start >= free && start + len <= cells);
    // The next one does not touch it.
    free = start + len + 1;
    all.push({ start, len });
  }
  return all;
}
