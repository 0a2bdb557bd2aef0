import { expect, test } from 'vitest';

const files = import.meta.glob<string>(['./**/*.svelte', './base.css'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** What only reads well from left to right. */
const PHYSICAL =
  /(?:margin|padding|border|inset)-(?:left|right)|(?:^|[\s;{])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:/m;

test.each(Object.entries(files))('%s names no left and no right', (_, text) => {
  expect(text.match(PHYSICAL)).toBeNull();
});

test.each(Object.entries(files))('%s has no letters that stay small when all is written large', (_, text) => {
  expect(text.match(/font-size:\s*[\d.]+px/)).toBeNull();
});

test('the styles are looked at', () => {
  expect(Object.keys(files).length).toBeGreaterThan(10);
});
