// @vitest-environment happy-dom
/** Parts of the page that are fetched when they are wanted. */

import { createRawSnippet, flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Late } from '../src/app/late.svelte';
import Part from '../src/app/Part.svelte';

const children = createRawSnippet<[string]>((part) => ({ render: () => `<p>${part()}</p>` }));
let shown: object | undefined;

beforeEach(() => vi.useFakeTimers());
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  if (shown) await unmount(shown);
  shown = undefined;
});

function show(part: Late<string>, onclose?: () => void): void {
  shown = mount(Part as never, { target: document.body, props: { part, children, ...(onclose ? { onclose } : {}) } });
  flushSync();
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  flushSync();
}

test('a part is fetched once, when it is wanted, and stays', async () => {
  const load = vi.fn(() => Promise.resolve({ default: 'the list' }));
  const part = new Late(load);
  expect(load).not.toHaveBeenCalled();
  show(part);
  await pass(0);
  expect(document.body.textContent).toContain('the list');
  await part.want();
  expect(load).toHaveBeenCalledTimes(1);
});

test('nothing is said of a wait that nobody notices, and something of a longer one', async () => {
  let come: (part: { default: string }) => void = () => undefined;
  const part = new Late(() => new Promise<{ default: string }>((done) => (come = done)));
  show(part);
  await pass(199);
  expect(document.body.textContent.trim()).toBe('');
  expect(part.settled).toBe(false);
  await pass(2);
  expect(document.querySelector('[role=status]')?.textContent).toBe('Loading…');
  come({ default: 'the list' });
  await pass(0);
  expect(document.body.textContent).toContain('the list');
  expect(document.body.textContent).not.toContain('Loading');
});

test('a part that does not come says so and is had again by loading the page anew', async () => {
  const reload = vi.spyOn(location, 'reload').mockImplementation(() => undefined);
  show(new Late<string>(() => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))));
  await pass(0);
  expect(document.querySelector('[role=alert]')?.textContent).toContain('did not load');
  expect(document.body.textContent).not.toContain('Failed to fetch');
  document.querySelector('button')?.click();
  expect(reload).toHaveBeenCalledTimes(1);
});

test('what lies above the screen says it in a dialog that can be closed', async () => {
  const closed = vi.fn();
  show(new Late<string>(() => Promise.reject(new TypeError('gone'))), closed);
  await pass(0);
  const dialog = document.querySelector('dialog');
  expect(dialog?.textContent).toContain('did not load');
  dialog?.querySelector('button')?.click();
  await pass(0);
  expect(closed).toHaveBeenCalled();
});
