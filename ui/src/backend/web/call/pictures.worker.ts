/** Takes coded pictures from the connection as the browser hands them over, and what the helper says inside of them. */

import type { VideoCodec } from '../../../protocol/generated/VideoCodec';
import { takeInfo, type Picture } from './picture';

/** What a receiver's transform is told when it is made. */
export interface Options {
  codec: VideoCodec;
  /** A browser shares: its own decoder is fed too, so that it asks for what it needs. */
  plain: boolean;
  /** Takes the pictures. */
  port: MessagePort;
}

/** A picture without what a browser's says nothing of. */
export type Handed = Picture & { size: { width: number; height: number } | null };

interface Frame {
  readonly type: 'key' | 'delta' | 'empty';
  data: ArrayBuffer;
  readonly timestamp?: number;
  getMetadata(): { rtpTimestamp?: number; width?: number; height?: number };
}

interface Transformer {
  readonly readable: ReadableStream<Frame>;
  readonly writable: WritableStream<Frame>;
  readonly options: Options;
}

async function run({ readable, writable, options }: Transformer): Promise<void> {
  const { codec, plain, port } = options;
  const back = plain ? writable.getWriter() : null;
  const reader = readable.getReader();
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    const { rtpTimestamp, width, height } = frame.getMetadata();
    const stamp = (rtpTimestamp ?? frame.timestamp ?? 0) >>> 0;
    const key = frame.type === 'key';
    // What is not ours says nothing; a gap in the numbers shows it.
    const taken = plain ? null : takeInfo(codec, new Uint8Array(frame.data));
    if (plain || taken) {
      // The browser's own decoder takes the bytes with it.
      const data = taken?.data ?? new Uint8Array(frame.data.slice(0));
      const size = width && height ? { width, height } : null;
      const picture: Handed = {
        codec,
        key,
        number: taken?.number ?? null,
        stamp,
        info: taken?.info ?? null,
        data,
        size,
      };
      port.postMessage(picture, [data.buffer as ArrayBuffer]);
    }
    await back?.write(frame).catch(() => undefined);
  }
}

addEventListener('rtctransform', (event) => {
  void run((event as Event & { transformer: Transformer }).transformer).catch(() => undefined);
});
