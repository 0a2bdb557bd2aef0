/** The projection off the page's main thread. The page hands over the canvas once this has said that it can draw. */

import { Malformed } from '../protocol/bytes';
import { bestKind, painterOn, type PainterKind } from './painter';
import { Projection, type Tell, type Told } from './projection';

/** What the page sends first; everything later is a {@link Tell}. */
export interface Canvas {
  kind: 'canvas';
  canvas: OffscreenCanvas;
  painter: PainterKind;
}

/** What this sends first. */
export interface Ready {
  kind: 'ready';
  /** How this would draw; `null` where decoding or drawing does not work here. */
  best: PainterKind | null;
}

const scope = self as unknown as {
  postMessage(message: Told | Ready, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Tell | Canvas>) => void) | null;
};

let projection: Projection | undefined;

scope.onmessage = ({ data }) => {
  if (data.kind === 'canvas') {
    const made = new Projection(
      painterOn(data.painter, data.canvas),
      (told, transfer) => scope.postMessage(told, transfer),
      'worker',
    );
    projection = made;
    setInterval(() => made.tick(), 1_000);
    return;
  }
  try {
    projection?.take(data);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    console.warn('a watched message was not understood', error);
  }
};

const able = typeof VideoDecoder !== 'undefined' && typeof OffscreenCanvas !== 'undefined';
scope.postMessage({ kind: 'ready', best: able ? bestKind() : null });
