/** What the page's offer says: which codec, which addresses, and that a page makes it. */

import type { VideoCodec } from '../../../../server-lite/link/page/signal';

/** By this line the console knows that a browser shares: it has the picture and the `control` channel only. */
export const MARK = 'a=tool:deskhand-browser';
/** The label of the one channel. */
export const CONTROL = 'deskhand/1/control';

/** A codec as `RTCRtpSender.getCapabilities` names it. */
export interface Capability {
  mimeType: string;
  sdpFmtpLine?: string;
}

const MIME: Record<VideoCodec, string> = { av1: 'video/av1', h264: 'video/h264', vp9: 'video/vp9', vp8: 'video/vp8' };

/** Whether the console decodes this form of the codec. */
function fits(codec: VideoCodec, fmtp: string): boolean {
  const parameter = (name: string): string | undefined =>
    fmtp
      .split(';')
      .map((part) => part.trim().toLowerCase().split('='))
      .find(([key]) => key === name)?.[1];
  switch (codec) {
    case 'av1':
      return (parameter('profile') ?? '0') === '0';
    case 'vp9':
      return (parameter('profile-id') ?? '0') === '0';
    case 'h264':
      // Constrained baseline, in packets of any size.
      return parameter('packetization-mode') === '1' && (parameter('profile-level-id') ?? '').startsWith('42e0');
    case 'vp8':
      return true;
  }
}

/** The first of the console's codecs that this browser encodes. */
export function choose<T extends Capability>(
  asked: readonly VideoCodec[],
  able: readonly T[],
): { codec: VideoCodec; capability: T } | null {
  for (const codec of asked) {
    const named = able.filter((one) => one.mimeType.toLowerCase() === MIME[codec]);
    const capability = named.find((one) => fits(codec, one.sdpFmtpLine ?? ''));
    if (capability) return { codec, capability };
  }
  return null;
}

/**
 * The offer as it is signed: marked, and without addresses that the console cannot use. Browsers hide their own behind
 * names that only their own network resolves; the console is reached at its addresses all the same.
 */
export function describe(sdp: string): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '');
  const kept = lines.filter((line) => !line.startsWith('a=candidate:') || isUsable(line));
  const media = kept.findIndex((line) => line.startsWith('m='));
  kept.splice(media < 0 ? kept.length : media, 0, MARK);
  return `${kept.join('\r\n')}\r\n`;
}

/** `a=candidate:foundation component transport priority address port typ …` */
function isUsable(line: string): boolean {
  const [, , transport, , address] = line.split(' ');
  return transport?.toLowerCase() === 'udp' && address !== undefined && !address.toLowerCase().endsWith('.local');
}
