/**
 * The measuring seam. A test that measures cannot see from outside when a picture was drawn or what colour a pixel has,
 * so the page tells it here. Read-only: nothing the page does depends on it, and it shows no more than the screen does.
 */

import type { VideoCodec } from '../protocol/generated/VideoCodec';
import type { Desk } from '../state/desk.svelte';
import { router } from '../state/route.svelte';

export interface Measure {
  /** Pictures drawn in the call on screen; 0 without one. */
  readonly frames: number;
  /** When its first picture was drawn, in milliseconds of `performance.now()`; `null` before. */
  readonly firstFrameAt: number | null;
  /** How its picture comes and by which way, while it is live. */
  readonly live: { codec: VideoCodec; path: string } | null;
  /** Bytes of encoded video that arrived in it; 0 without one. */
  readonly videoBytes: number;
  /** Red, green, blue of a pixel of the picture; `null` without a picture or outside it. */
  pixel(x: number, y: number): [number, number, number] | null;
}

declare global {
  interface Window {
    readonly __deskhand?: Measure;
  }
}

export function exposeMeasure(desk: Desk): void {
  const measure: Measure = {
    get frames() {
      return desk.viewer?.drawn ?? 0;
    },
    get firstFrameAt() {
      return desk.viewer?.firstDrawnAt ?? null;
    },
    get live() {
      const call = router.current.screen === 'session' ? desk.knownCall(router.current.id)?.state : null;
      return call?.state === 'live' ? { codec: call.codec, path: call.path } : null;
    },
    get videoBytes() {
      return desk.viewer?.videoBytes ?? 0;
    },
    pixel(x, y) {
      const canvas = desk.viewer?.size && desk.viewer.canvas;
      if (!canvas || x < 0 || y < 0 || x >= canvas.width || y >= canvas.height) return null;
      const [red, green, blue] = canvas.getContext('2d')?.getImageData(x, y, 1, 1).data ?? [];
      return red === undefined || green === undefined || blue === undefined ? null : [red, green, blue];
    },
  };
  Object.defineProperty(window, '__deskhand', { value: Object.freeze(measure) });
}
