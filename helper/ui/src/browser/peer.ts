/** The page's end of the connection to the console: one picture out, one channel both ways, and nothing else. */

import { choose, CONTROL, describe } from './description';
import type { VideoCodec } from '../../../../server-lite/link/page/signal';

/** Time for the relay to answer, in milliseconds; what is known then is offered. */
const GATHER = 4_000;
/** How long other addresses may take once the relay's is there. */
const GATHER_REST = 150;
/** What a picture may take of the path where nothing else is wished for, in bits per second. */
const BIT_RATE = 6_000_000;

/** What the technician prefers, where not everything can be had. */
export interface Preference {
  quality: string;
  frame_rate: number | null;
  kbit_per_s: number | null;
  scale_percent: number | null;
}

export type PeerEvent =
  | { kind: 'message'; text: string }
  /** Nothing arrives any more; it may heal. */
  | { kind: 'down' }
  | { kind: 'up' }
  /** Only another path helps. */
  | { kind: 'failed' }
  | { kind: 'closed' };

/** What the encoder did since it was asked last. */
export interface Sent {
  pictures: number;
  bytes: number;
  encode_ms: number;
}

/** A message as text: a console sends bytes. `null` when it is none. */
function textOf(data: unknown): string | null {
  if (typeof data === 'string') return data;
  if (!(data instanceof ArrayBuffer)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return null;
  }
}

/** No codec that the console decodes. */
export class NoCodec extends Error {}

export class Peer {
  readonly codec: VideoCodec;
  readonly #connection: RTCPeerConnection;
  readonly #sender: RTCRtpSender;
  readonly #control: RTCDataChannel;
  readonly #track: MediaStreamTrack;
  #shown = true;
  #last = { pictures: 0, bytes: 0, encode: 0 };

  constructor(
    track: MediaStreamTrack,
    asked: readonly VideoCodec[],
    servers: RTCIceServer[],
    tell: (event: PeerEvent) => void,
  ) {
    const chosen = choose(asked, RTCRtpSender.getCapabilities('video')?.codecs ?? []);
    if (!chosen) throw new NoCodec();
    this.codec = chosen.codec;
    this.#track = track;
    this.#hint(false);
    const connection = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    const encoding = { maxBitrate: BIT_RATE, scalabilityMode: 'L1T1' };
    const transceiver = connection.addTransceiver(track, { direction: 'sendonly', sendEncodings: [encoding] });
    transceiver.setCodecPreferences([chosen.capability]);
    this.#sender = transceiver.sender;
    this.#control = connection.createDataChannel(CONTROL);
    this.#control.binaryType = 'arraybuffer';
    this.#control.onmessage = ({ data }: MessageEvent<unknown>) => {
      const text = textOf(data);
      tell(text === null ? { kind: 'closed' } : { kind: 'message', text });
    };
    this.#control.onclose = () => tell({ kind: 'closed' });
    connection.onconnectionstatechange = () => {
      const state = connection.connectionState;
      if (state === 'connected') tell({ kind: 'up' });
      if (state === 'disconnected') tell({ kind: 'down' });
      if (state === 'failed') tell({ kind: 'failed' });
      if (state === 'closed') tell({ kind: 'closed' });
    };
  }

  /** A screen is text that is read, unless it is wished otherwise; a camera knows best itself. */
  #hint(smooth: boolean): void {
    const isScreen = this.#track.getSettings().displaySurface !== undefined;
    if (isScreen) this.#track.contentHint = smooth ? 'motion' : 'text';
  }

  /** Makes an offer with all addresses; a second one looks for another path. */
  async offer(servers: RTCIceServer[], restart: boolean): Promise<string> {
    const connection = this.#connection;
    if (restart) connection.setConfiguration({ iceServers: servers, bundlePolicy: 'max-bundle' });
    const gathered = new Promise<void>((resolve) => {
      setTimeout(resolve, GATHER);
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) resolve();
        else if (candidate.type === 'relay') setTimeout(resolve, GATHER_REST);
      };
    });
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: restart }));
    await gathered;
    return describe(connection.localDescription?.sdp ?? '');
  }

  async answer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp });
  }

  say(message: unknown): void {
    if (this.#control.readyState === 'open') this.#control.send(JSON.stringify(message));
  }

  /** Whether anything of the picture leaves. */
  async show(shown: boolean): Promise<void> {
    if (this.#shown === shown) return;
    this.#shown = shown;
    await this.#sender.replaceTrack(shown ? this.#track : null);
  }

  /** As the technician wants the picture. */
  async prefer(preference: Preference): Promise<void> {
    this.#hint(preference.quality === 'smooth_motion');
    const parameters = this.#sender.getParameters();
    const low = preference.quality === 'low_bandwidth' || preference.quality === 'grey';
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = preference.kbit_per_s !== null ? preference.kbit_per_s * 1_000 : low ? 400_000 : BIT_RATE;
      if (preference.frame_rate !== null) encoding.maxFramerate = preference.frame_rate;
      else delete encoding.maxFramerate;
      encoding.scaleResolutionDownBy = 100 / (preference.scale_percent ?? 100);
    }
    await this.#sender.setParameters(parameters);
  }

  /** What was encoded and sent since the last time. */
  async sent(): Promise<Sent> {
    let now = { pictures: 0, bytes: 0, encode: 0 };
    for (const report of (await this.#sender.getStats()).values() as Iterable<Record<string, unknown>>) {
      if (report.type !== 'outbound-rtp') continue;
      const number = (name: string): number => (typeof report[name] === 'number' ? report[name] : 0);
      now = { pictures: number('framesEncoded'), bytes: number('bytesSent'), encode: number('totalEncodeTime') };
    }
    const pictures = Math.max(0, now.pictures - this.#last.pictures);
    const bytes = Math.max(0, now.bytes - this.#last.bytes);
    const encode_ms = pictures > 0 ? Math.max(0, ((now.encode - this.#last.encode) * 1_000) / pictures) : 0;
    this.#last = now;
    return { pictures, bytes, encode_ms };
  }

  close(): void {
    this.#connection.onconnectionstatechange = null;
    this.#control.onclose = null;
    this.#control.onmessage = null;
    this.#connection.close();
  }
}
