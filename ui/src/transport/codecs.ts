/** Which codecs this webview decodes. Probed, never assumed: on Linux it depends on installed GStreamer plug-ins. */

import type { VideoCodec } from '../protocol/generated/VideoCodec';

/** Best first. The last two come from browsers only. */
const CANDIDATES: readonly VideoCodec[] = ['av1', 'h264', 'vp9', 'vp8'];

/** The levels allow 4K; decoders care for the profile. */
const STRINGS: Record<VideoCodec, string> = {
  av1: 'av01.0.12M.08',
  h264: 'avc1.42e033',
  vp9: 'vp09.00.51.08',
  vp8: 'vp8',
};

/**
 * How a decoder is set up. The colour space is what the helper's converter writes: BT.709, limited range. VP8 and VP9
 * come from browsers, which convert by BT.601.
 */
export function decoderConfig(codec: VideoCodec, width: number, height: number): VideoDecoderConfig {
  return {
    codec: STRINGS[codec],
    codedWidth: width,
    codedHeight: height,
    optimizeForLatency: true,
    colorSpace: {
      primaries: 'bt709',
      transfer: 'bt709',
      matrix: codec === 'vp8' || codec === 'vp9' ? 'smpte170m' : 'bt709',
      fullRange: false,
    },
  };
}

/** What can be decoded, best first; empty where the webview has no WebCodecs. */
export async function decodableCodecs(): Promise<VideoCodec[]> {
  if (typeof VideoDecoder === 'undefined') return [];
  const codecs: VideoCodec[] = [];
  // One after the other: WebKitGTK may crash when two of its threads start GStreamer in the same moment.
  for (const codec of CANDIDATES) {
    const answer = await VideoDecoder.isConfigSupported(decoderConfig(codec, 1920, 1080)).catch(() => null);
    if (answer?.supported) codecs.push(codec);
  }
  return codecs;
}
