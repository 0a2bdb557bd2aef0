/**
 * Decodes the pictures of one call and draws them. Decides which pictures are decoded and when a key frame is needed.
 *
 * Fresh beats complete: a decoded picture is left out when a newer one is already decoded. A picture is never decoded
 * without the one before it: after a gap, a decoder's error or a change of codec, everything up to the next key frame
 * is dropped and one is asked for.
 */

import type { VideoCodec } from '../protocol/generated/VideoCodec';
import type { EncodedFrame } from '../protocol/frame';
import { decoderConfig } from './codecs';

/** A key frame asked for is given this long before it is asked for again, in milliseconds. */
const KEY_FRAME_PATIENCE = 1_000;
/** A decoded picture is drawn after this long even if a newer one follows, in milliseconds. */
const DRAW_AT_LEAST = 50;
/** Decoders that broke in a row, without a picture between, before the codec counts as not working here. */
const BROKEN_DECODERS = 3;

/** A picture without its bytes. Its size is the header's: a codec may pad what it decodes. */
export type DrawnPicture = Pick<EncodedFrame, 'seq' | 'monitor' | 'width' | 'height'>;

/** What the picture tells its owner. */
export interface PictureEvents {
  needKeyFrame(): void;
  /** A picture is on the canvas. */
  drawn(picture: DrawnPicture): void;
  /** Every picture up to this one is decoded or given up. */
  done(seq: number): void;
  /** The decoder does not work with this codec. */
  broken(codec: VideoCodec): void;
}

export class Picture {
  #decoder: VideoDecoder | undefined;
  #config: { codec: VideoCodec; width: number; height: number } | undefined;
  #needsKey = true;
  #askedAt = -Infinity;
  #lastSeq: number | undefined;
  #lastDraw = -Infinity;
  #breaks = 0;
  /** Pictures in the decoder, by timestamp. */
  readonly #pending = new Map<number, DrawnPicture>();
  readonly #context: CanvasRenderingContext2D;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly events: PictureEvents,
    private readonly clock: () => number = () => performance.now(),
  ) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('no 2D canvas');
    this.#context = context;
  }

  /** Takes the next picture from the wire. */
  push(frame: EncodedFrame): void {
    const follows = this.#lastSeq === undefined || frame.seq === (this.#lastSeq + 1) >>> 0;
    this.#lastSeq = frame.seq;
    if (frame.key) {
      this.#needsKey = false;
      if (!this.#fits(frame)) this.#configure(frame);
    } else if (!follows || !this.#fits(frame)) {
      this.#needsKey = true;
    }
    if (this.#needsKey) {
      this.#askForKey();
      this.events.done(frame.seq);
      return;
    }
    this.#decode(frame);
  }

  /** Another connection begins: its pictures are numbered anew. */
  restart(): void {
    this.#needsKey = true;
    this.#lastSeq = undefined;
    this.#askedAt = -Infinity;
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') this.#decoder.close();
    this.#decoder = undefined;
    this.#config = undefined;
    this.#pending.clear();
  }

  #fits(frame: EncodedFrame): boolean {
    const config = this.#config;
    return config?.codec === frame.codec && config.width === frame.width && config.height === frame.height;
  }

  #configure({ codec, width, height }: EncodedFrame): void {
    this.close();
    const decoder = new VideoDecoder({
      output: (picture) => this.#output(decoder, picture),
      error: () => this.#broke(decoder, codec),
    });
    decoder.configure(decoderConfig(codec, width, height));
    this.#decoder = decoder;
    this.#config = { codec, width, height };
  }

  #decode(frame: EncodedFrame): void {
    if (!this.#decoder) return;
    // Decoders hand pictures back by timestamp: make it unique even if two were captured in the same microsecond.
    let timestamp = frame.captured_us;
    while (this.#pending.has(timestamp)) timestamp += 1;
    const { seq, monitor, width, height } = frame;
    this.#pending.set(timestamp, { seq, monitor, width, height });
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp, data: frame.data }));
    } catch {
      this.#broke(this.#decoder, frame.codec);
    }
  }

  #output(from: VideoDecoder, picture: VideoFrame): void {
    const pending = this.#pending.get(picture.timestamp);
    if (from !== this.#decoder || !pending) {
      picture.close();
      return;
    }
    this.#pending.delete(picture.timestamp);
    this.#breaks = 0;
    const now = this.clock();
    // More are in the decoder: the next one is newer than this.
    const overtaken = from.decodeQueueSize > 0 && now - this.#lastDraw < DRAW_AT_LEAST;
    if (!overtaken) {
      this.#lastDraw = now;
      this.#draw(picture, pending);
    }
    picture.close();
    this.events.done(pending.seq);
    if (!overtaken) this.events.drawn(pending);
  }

  #draw(picture: VideoFrame, { width, height }: DrawnPicture): void {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.#context.drawImage(picture, 0, 0);
  }

  #broke(decoder: VideoDecoder, codec: VideoCodec): void {
    if (decoder !== this.#decoder) return;
    this.#breaks += 1;
    const newest = Math.max(-1, ...Array.from(this.#pending.values(), ({ seq }) => seq));
    this.close();
    this.#needsKey = true;
    if (newest >= 0) this.events.done(newest);
    if (this.#breaks >= BROKEN_DECODERS) this.events.broken(codec);
    else this.#askForKey();
  }

  #askForKey(): void {
    const now = this.clock();
    if (now - this.#askedAt < KEY_FRAME_PATIENCE) return;
    this.#askedAt = now;
    this.events.needKeyFrame();
  }
}
