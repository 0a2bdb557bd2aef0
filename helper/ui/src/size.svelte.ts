/** How large everything is written, on top of what the system says. */

import { keep, kept } from './kept';

/** In percent. */
export const sizes = [100, 125, 150] as const;

export type Size = (typeof sizes)[number];

const KEPT = 'size';

const read = (): Size => sizes.find((size) => String(size) === kept(KEPT)) ?? 100;

let now = $state<Size>(100);

export const size = {
  get now(): Size {
    return now;
  },
};

/** Writes so from now on, as long as the program runs. */
export function write(size: Size): void {
  now = size;
  keep(KEPT, String(size));
  document.documentElement.style.fontSize = `${size}%`;
}

/** Writes as the customer had chosen. */
export function writeAsBefore(): void {
  write(read());
}
