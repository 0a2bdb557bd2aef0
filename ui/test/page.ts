/** What tests of the page's screens share: a page without a layout, and the turns it takes until nothing moves. */

import { flushSync } from 'svelte';
import { vi } from 'vitest';

/** Nothing has a size here; a list shows rows only where it has one. */
export function giveSizes(width: number): void {
  vi.stubGlobal('ResizeObserver', function (tell: (entries: unknown[]) => void) {
    const observe = (target: HTMLElement) => {
      const contentRect = { width, height: target.querySelector(':scope > [data-row]') ? 54 : 600 };
      queueMicrotask(() => tell([{ target, contentRect }]));
    };
    return { observe, unobserve: () => undefined, disconnect: () => undefined };
  });
}

/** A canvas that can be asked for and draws nothing. */
export function giveCanvas(): void {
  vi.stubGlobal('OffscreenCanvas', undefined);
  HTMLCanvasElement.prototype.getContext = ((kind: string) => (kind === '2d' ? { canvas: {} } : null)) as never;
}

/** Until what was begun has come to the page: so many turns, which is more than anything takes. */
export async function settle(rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await new Promise((done) => setTimeout(done));
    flushSync();
  }
}
