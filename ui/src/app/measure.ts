/**
 * The measuring seam. A test that measures cannot see from outside when a picture was drawn or what colour a pixel has,
 * so the page tells it here. Read-only: nothing the page does depends on it, and it shows no more than the screen does.
 */

import type { VideoCodec } from '../protocol/generated/VideoCodec';
import type { Desk } from '../state/desk.svelte';
import { router } from '../state/route.svelte';
import type { PixelWatch, ProjectionFigures, WholePicture } from '../transport/projector';

export interface Measure {
  /** When the first screen stood with its records, in milliseconds of `performance.now()`; `null` before. */
  readonly stoodAt: number | null;
  /** Pictures drawn in the call on screen; 0 without one. */
  readonly frames: number;
  /** When its first picture was drawn, in milliseconds of `performance.now()`; `null` before. */
  readonly firstFrameAt: number | null;
  /** How its picture comes and by which way, while it is live. */
  readonly live: { codec: VideoCodec; path: string } | null;
  /** Bytes of encoded video that arrived in it; 0 without one. */
  readonly videoBytes: number;
  /** Size of the picture in the customer's pixels; `null` without one. */
  readonly size: { width: number; height: number } | null;
  /** Pictures drawn small above another screen; 0 without any. */
  readonly glanced: number;
  /** The monitors shown, from the left, with the sizes of their pictures; 0 before the first. */
  readonly views: { monitor: number; width: number; height: number }[];
  /** What drawing costs and brings, of the last second. */
  readonly figures: ProjectionFigures | null;
  /** Red, green, blue of a pixel of the picture; `null` without a picture or outside it. */
  pixel(x: number, y: number): Promise<[number, number, number] | null>;
  /**
   * Every colour that a pixel gets from now on, with the moment it was drawn in milliseconds of `performance.now()`.
   * The list grows by itself, so that measuring asks nothing while it waits.
   */
  watchPixel(x: number, y: number): PixelWatch | null;
  /** The whole composed picture of a monitor, or of the one worked on, in the customer's pixels; `null` without one. */
  picture(monitor?: number): Promise<WholePicture | null>;
}

declare global {
  interface Window {
    readonly __deskhand?: Measure;
  }
}

let stoodAt: number | null = null;

/** The first screen is there with its records: it is painted with the next picture. */
export function stands(): void {
  if (stoodAt !== null) return;
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      stoodAt ??= performance.now();
      port1.close();
    };
    port2.postMessage(null);
  });
}

export function exposeMeasure(desk: Desk): void {
  const measure: Measure = {
    get stoodAt() {
      return stoodAt;
    },
    get frames() {
      return desk.viewer?.focused?.drawn ?? 0;
    },
    get firstFrameAt() {
      return desk.viewer?.focused?.firstDrawnAt ?? null;
    },
    get live() {
      const call = router.current.screen === 'session' ? desk.knownCall(router.current.id)?.state : null;
      return call?.state === 'live' ? { codec: call.codec, path: call.path } : null;
    },
    get videoBytes() {
      return desk.viewer?.focused?.videoBytes ?? 0;
    },
    get size() {
      return desk.viewer?.focused?.size ?? null;
    },
    get glanced() {
      return desk.glanced?.focused?.drawn ?? 0;
    },
    get views() {
      const order = [...document.querySelectorAll<HTMLElement>('[data-monitor]')];
      return order.flatMap(({ dataset }) => {
        const view = desk.viewer?.views.get(Number(dataset.monitor));
        return view ? [{ monitor: view.monitor, width: view.size?.width ?? 0, height: view.size?.height ?? 0 }] : [];
      });
    },
    get figures() {
      return desk.viewer?.focused?.figures ?? null;
    },
    async pixel(x, y) {
      return (await desk.viewer?.focused?.projector.pixel(x, y)) ?? null;
    },
    watchPixel(x, y) {
      return desk.viewer?.focused?.projector.watchPixel(x, y) ?? null;
    },
    async picture(monitor) {
      const view = monitor === undefined ? desk.viewer?.focused : desk.viewer?.views.get(monitor);
      return (await view?.projector.picture()) ?? null;
    },
  };
  Object.defineProperty(window, '__deskhand', { value: Object.freeze(measure) });
}
