/**
 * Decodes the pictures of one call. Decides which pictures are decoded, which of them are drawn, and when a key frame
 * is needed. Draws nothing itself.
 *
 * Fresh beats complete: a decoded picture is left out when a newer one is already on its way. A picture is never
 * decoded without the one before it: after a gap, a decoder's error or a change of codec, everything up to the next key
 * frame is dropped and one is asked for. Every picture that is decoded is told of, once, in order: what is exact over it
 * depends on each.
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

/** A picture without its bytes. Its size is the header's: a codec may pad or shrink what it decodes. */
export type PictureHead = Omit<EncodedFrame, 'data' | 'codec'> & {
  /** When its bytes were given to the decoder, in milliseconds. */
  pushed: number;
};

/** What the decoding tells its owner. */
export interface DecodingEvents {
  needKeyFrame(): void;
  /** A picture is decoded: draw it, or with `null` leave it out, because a newer one comes. The caller closes it. */
  picture(head: PictureHead, picture: VideoFrame | null): void;
  /** Every picture up to this one is decoded or given up. */
  done(seq: number): void;
  /** The decoder does not work with this codec. */
  broken(codec: VideoCodec): void;
}

export class Decoding {
  #decoder: VideoDecoder | undefined;
  #config: { codec: VideoCodec; width: number; height: number } | undefined;
  #needsKey = true;
  #askedAt = -Infinity;
  #lastSeq: number | undefined;
  #lastDraw = -Infinity;
  #breaks = 0;
  /** Pictures in the decoder, by timestamp. */
  readonly #pending = new Map<number, PictureHead>();

  constructor(
    private readonly events: DecodingEvents,
    private readonly clock: () => number = () => performance.now(),
  ) {}

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
      this.needKey();
      this.events.done(frame.seq);
      return;
    }
    this.#decode(frame);
  }

  /** Another connection begins, or what was shown is to be forgotten: nothing of before comes out any more. */
  restart(): void {
    this.#giveUp();
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
    const { data, codec, ...head } = frame;
    this.#pending.set(timestamp, { ...head, pushed: this.clock() });
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type: frame.key ? 'key' : 'delta', timestamp, data }));
    } catch {
      this.#broke(this.#decoder, codec);
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
    // More are in the decoder: the next one is newer than this. A key frame begins something new and is always drawn.
    const overtaken = !pending.key && from.decodeQueueSize > 0 && now - this.#lastDraw < DRAW_AT_LEAST;
    if (overtaken) picture.close();
    else this.#lastDraw = now;
    this.events.picture(pending, overtaken ? null : picture);
    this.events.done(pending.seq);
  }

  #broke(decoder: VideoDecoder, codec: VideoCodec): void {
    if (decoder !== this.#decoder) return;
    this.#breaks += 1;
    this.#giveUp();
    this.#needsKey = true;
    if (this.#breaks >= BROKEN_DECODERS) this.events.broken(codec);
    else this.needKey();
  }

  #giveUp(): void {
    const newest = [...this.#pending.values()].at(-1);
    this.close();
    if (newest) this.events.done(newest.seq);
  }

  /** Asks for a key frame, unless one has just been asked for. */
  needKey(): void {
    const now = this.clock();
    if (now - this.#askedAt < KEY_FRAME_PATIENCE) return;
    this.#askedAt = now;
    this.events.needKeyFrame();
  }
}
