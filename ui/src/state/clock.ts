/** The time of day for screens that count. Ticks once a second, and only while a screen reads it. */

import { createSubscriber } from 'svelte/reactivity';

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1_000);
  return () => clearInterval(timer);
});

/** Milliseconds since 1970; a screen that reads it is drawn anew every second. */
export function now(): number {
  subscribe();
  return Date.now();
}
