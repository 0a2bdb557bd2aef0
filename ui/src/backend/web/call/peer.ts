/**
 * The console's end of the connection to whoever shares, in a browser: takes an offer, gives the answer with all addresses,
 * hands over messages and coded pictures. What is decided is decided elsewhere.
 */

import { CHANNELS, LIMITS, type ChannelName } from './channels';
import type { VideoCodec } from '../../../protocol/generated/VideoCodec';
import type { Handed, Options } from './pictures.worker';

/** Time for the relay to answer, in milliseconds; what is known then is answered with. */
const GATHER = 4_000;
/** How long other addresses may take once the relay's is there. */
const GATHER_REST = 150;
/** How often the connection is measured, in milliseconds. */
const MEASURE = 1_000;
/** A line of its own in the offer of a page that shares. */
const MARK = 'a=tool:deskhand-browser';
/** How a last message is waited for, in milliseconds. */
const LAST_WORDS = 1_000;

const ENCODINGS: readonly (readonly [string, VideoCodec])[] = [
  ['AV1', 'av1'],
  ['H264', 'h264'],
  ['VP9', 'vp9'],
  ['VP8', 'vp8'],
];

export type PeerEvent =
  | { kind: 'connected'; path: string }
  | { kind: 'down' }
  | { kind: 'closed' }
  /** A message over the limit of its channel, or none at all. */
  | { kind: 'violation' }
  | { kind: 'message'; channel: ChannelName; bytes: Uint8Array }
  | { kind: 'picture'; picture: Handed }
  /** The round trip in milliseconds. */
  | { kind: 'round_trip'; rtt: number };

/** The codec that an offer names, of those that can be decoded. */
export function offeredCodec(offer: string, codecs: readonly VideoCodec[]): VideoCodec | null {
  const named = [...offer.matchAll(/^a=rtpmap:\d+ ([^/\s]+)/gm)].map((match) => match[1]?.toUpperCase());
  return ENCODINGS.find(([name, codec]) => named.includes(name) && codecs.includes(codec))?.[1] ?? null;
}

/**
 * The answer as it is signed: without addresses that the other end cannot use, and (for a helper) without the promise to
 * ask for key frames by RTCP. The browser's own decoder is given nothing and would ask for one all the time.
 */
export function describe(sdp: string, plain: boolean): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== '');
  const kept = lines.filter((line) => {
    if (line.startsWith('a=candidate:')) return isUsable(line);
    return plain || !/^a=rtcp-fb:\S+ (nack pli|ccm fir)\b/.test(line);
  });
  return `${kept.join('\r\n')}\r\n`;
}

/** `a=candidate:foundation component transport priority address port typ …` */
function isUsable(line: string): boolean {
  const [, , transport, , address] = line.split(' ');
  return transport?.toLowerCase() === 'udp' && address !== undefined && !address.toLowerCase().endsWith('.local');
}

/** Whether this browser lets a page have the coded pictures. */
export const handsOverPictures = (): boolean =>
  typeof RTCPeerConnection !== 'undefined' && typeof RTCRtpScriptTransform !== 'undefined';

let worker: Worker | undefined;
const pictures = () => (worker ??= new Worker(new URL('./pictures.worker.ts', import.meta.url), { type: 'module' }));

export class Peer {
  /** Whether a page shares: it has nothing but the picture and the `control` channel. */
  readonly plain: boolean;
  readonly #connection: RTCPeerConnection;
  readonly #channels = new Map<ChannelName, RTCDataChannel>();
  readonly #port = new MessageChannel();
  readonly #codec: VideoCodec;
  #timer: ReturnType<typeof setInterval> | undefined;
  #path = '';
  #closed = false;

  constructor(
    offer: string,
    codec: VideoCodec,
    servers: RTCIceServer[],
    private readonly tell: (event: PeerEvent) => void,
  ) {
    this.plain = offer.split(/\r?\n/).includes(MARK);
    this.#codec = codec;
    const connection = new RTCPeerConnection({ iceServers: servers, bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    connection.ondatachannel = ({ channel }) => this.#took(channel);
    connection.ontrack = ({ receiver }) => this.#receives(receiver);
    connection.onconnectionstatechange = () => this.#moved();
    this.#port.port1.onmessage = ({ data }: MessageEvent<Handed>) => this.#tell({ kind: 'picture', picture: data });
  }

  /** Answers an offer; a second one brings another path. */
  async answer(offer: string, servers: RTCIceServer[]): Promise<string> {
    const connection = this.#connection;
    if (connection.remoteDescription) connection.setConfiguration({ iceServers: servers, bundlePolicy: 'max-bundle' });
    await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const gathered = new Promise<void>((resolve) => {
      setTimeout(resolve, GATHER);
      connection.onicecandidate = ({ candidate }) => {
        if (!candidate) resolve();
        else if (candidate.type === 'relay') setTimeout(resolve, GATHER_REST);
      };
    });
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered;
    return describe(connection.localDescription?.sdp ?? '', this.plain);
  }

  has(channel: ChannelName): boolean {
    return this.#channels.get(channel)?.readyState === 'open';
  }

  /** Sends a message, if its channel is open. */
  send(channel: ChannelName, bytes: Uint8Array): void {
    const open = this.#channels.get(channel);
    if (open?.readyState !== 'open') return;
    try {
      open.send(bytes as Uint8Array<ArrayBuffer>);
    } catch {
      // Its buffer is full, or it has just closed: the connection says so itself.
    }
  }

  /** Bytes of a channel that have not left yet. */
  waiting(channel: ChannelName): number {
    return this.#channels.get(channel)?.bufferedAmount ?? 0;
  }

  /** Resolves once at most so many bytes of a channel wait, or it has closed. */
  async drained(channel: ChannelName, bytes: number): Promise<void> {
    const open = this.#channels.get(channel);
    while (open?.readyState === 'open' && open.bufferedAmount > bytes) {
      open.bufferedAmountLowThreshold = bytes;
      await new Promise<void>((resolve) => {
        open.onbufferedamountlow = () => resolve();
        // The event comes once, which may have been just before.
        setTimeout(resolve, 100);
      });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#port.port1.close();
    for (const channel of this.#channels.values()) channel.onmessage = channel.onclose = channel.onopen = null;
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  /** Says a last message and closes once it has left. Nothing more is told. */
  async closeSaying(last: Uint8Array): Promise<void> {
    this.#port.port1.onmessage = null;
    this.#connection.onconnectionstatechange = null;
    for (const channel of this.#channels.values()) channel.onmessage = channel.onclose = null;
    this.send('control', last);
    const patience = new Promise<void>((resolve) => setTimeout(resolve, LAST_WORDS));
    await Promise.race([this.drained('control', 0), patience]);
    // What has left the buffer may still be on its way to the wire.
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.close();
  }

  #tell(event: PeerEvent): void {
    if (!this.#closed) this.tell(event);
  }

  #receives(receiver: RTCRtpReceiver): void {
    const port = this.#port.port2;
    const options: Options = { codec: this.#codec, plain: this.plain, port };
    receiver.transform = new RTCRtpScriptTransform(pictures(), options, [port]);
  }

  #took(channel: RTCDataChannel): void {
    const name = CHANNELS.find((one) => channel.label === `deskhand/1/${one}`);
    if (!name || this.#channels.has(name) || (this.plain && name !== 'control')) {
      channel.close();
      return;
    }
    this.#channels.set(name, channel);
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      const bytes = bytesOf(data);
      const fits = bytes !== null && bytes.length <= LIMITS[name];
      this.#tell(fits ? { kind: 'message', channel: name, bytes } : { kind: 'violation' });
    };
    channel.onopen = () => this.#moved();
    channel.onclose = () => this.#tell({ kind: 'closed' });
    this.#moved();
  }

  #moved(): void {
    const state = this.#connection.connectionState;
    if (state === 'disconnected' || state === 'failed') this.#tell({ kind: 'down' });
    if (state === 'closed') this.#tell({ kind: 'closed' });
    const open = [...this.#channels.values()].every(({ readyState }) => readyState === 'open');
    const all = this.plain ? this.#channels.has('control') : this.#channels.size === CHANNELS.length;
    if (state !== 'connected' || !open || !all) return;
    this.#timer ??= setInterval(() => void this.#measure(), MEASURE);
    void this.#measure(true);
  }

  /** How packets travel, and how long. */
  async #measure(always = false): Promise<void> {
    const reports = await this.#connection.getStats().catch(() => null);
    if (!reports) return;
    const { path, rtt } = measured(reports);
    const stands = this.#connection.connectionState === 'connected';
    if (stands && (always || path !== this.#path)) {
      this.#path = path;
      this.#tell({ kind: 'connected', path });
    }
    if (rtt !== null) this.#tell({ kind: 'round_trip', rtt });
  }
}

function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return typeof data === 'string' ? new TextEncoder().encode(data) : null;
}

/** The names that screens and records use for ways; see `deskhand_link::peer::PathKind`. */
function measured(reports: RTCStatsReport): { path: string; rtt: number | null } {
  const all = new Map<string, Record<string, unknown>>();
  reports.forEach((report: Record<string, unknown>, id) => all.set(id, report));
  const transport = [...all.values()].find(({ type }) => type === 'transport');
  const chosen = transport?.['selectedCandidatePairId'];
  const pair =
    (typeof chosen === 'string' ? all.get(chosen) : undefined) ??
    // Firefox says it of the pair itself.
    [...all.values()].find(({ type, selected }) => type === 'candidate-pair' && selected === true);
  const address = (end: 'localCandidateId' | 'remoteCandidateId') => {
    const candidate = all.get(String(pair?.[end]));
    const at = candidate?.['address'] ?? candidate?.['ip'];
    return typeof at === 'string' ? at : '';
  };
  // Relayed addresses lie in blocks that are nobody's and say how their end reaches the relay.
  const [own, other] = [address('localCandidateId'), address('remoteCandidateId')];
  const relayed = [own, other].filter((at) => at.startsWith('240.') || at.startsWith('241.'));
  const path = relayed.length === 0 ? 'direct' : relayed.some((at) => at.startsWith('241.')) ? 'relay_tls' : 'turn_udp';
  const trip = pair?.['currentRoundTripTime'];
  return { path, rtt: typeof trip === 'number' ? trip * 1_000 : null };
}
