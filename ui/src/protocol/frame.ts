/** One encoded picture as the shell hands it to the page. The layout is described in `deskhand_protocol::call::frame`. */

import { Reader } from './bytes';
import type { VideoCodec } from './generated/VideoCodec';

export interface EncodedFrame {
  codec: VideoCodec;
  /** Whether decoding can begin with it. */
  key: boolean;
  monitor: number;
  /** Counts pictures, without gaps unless one was lost. */
  seq: number;
  width: number;
  height: number;
  /** Microseconds on the helper's clock; only differences mean anything. */
  captured_us: number;
  data: Uint8Array;
}

/** Reads header and data; throws {@link Malformed}. The data is a view into `bytes`. */
export function decodeFrame(bytes: Uint8Array): EncodedFrame {
  const reader = new Reader(bytes, 'frame');
  reader.require(reader.u8() === 0x01);
  const codec = reader.u8();
  reader.require(codec === 1 || codec === 2);
  const flags = reader.u8();
  reader.require(flags <= 1);
  return {
    codec: codec === 1 ? 'av1' : 'h264',
    key: flags === 1,
    monitor: reader.u8(),
    seq: reader.u32(),
    width: reader.u16(),
    height: reader.u16(),
    captured_us: reader.u64(),
    data: reader.rest(),
  };
}
