// @vitest-environment happy-dom
/** The settings as a person meets them: every choice holds at once, and after a new start. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { licences } from '../dev/licences';
import { FakeBackend, boot, id } from '../dev/fake';
import Settings from '../src/features/settings/Settings.svelte';
import { Desk } from '../src/state/desk.svelte';
import { look } from '../src/state/look.svelte';
import { Packages } from '../src/state/packages.svelte';
import { sound } from '../src/state/sound.svelte';
import { keepLanguage, keptLanguage } from '../src/state/text';

const kept = new Map<string, string>();
let shown: object | undefined;

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  look.start();
  sound.start();
});
afterEach(async () => {
  if (shown) await unmount(shown);
  shown = undefined;
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function start(): Promise<FakeBackend> {
  const backend = new FakeBackend();
  backend.first = boot();
  const desk = new Desk(backend, () => Promise.resolve([]));
  await desk.start();
  shown = mount(Settings, { target: document.body, props: { desk } });
  flushSync();
  return backend;
}

function labelled(label: string): HTMLSelectElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent === label);
  const field = found && document.getElementById(found.htmlFor);
  if (!(field instanceof HTMLSelectElement)) throw new Error(`no choice ${label}`);
  return field;
}

function choose(label: string, value: string): void {
  const field = labelled(label);
  expect([...field.options].map((option) => option.value)).toContain(value);
  field.value = value;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  flushSync();
}

test('appearance and rows hold at once, and are taken up again', async () => {
  await start();
  choose('Colours', 'dark');
  choose('Rows', 'compact');
  expect(document.documentElement.dataset).toMatchObject({ appearance: 'dark', density: 'compact' });
  look.start();
  expect([look.appearance, look.compact]).toEqual(['dark', true]);
  choose('Colours', 'system');
  expect(document.documentElement.dataset.appearance).toBeUndefined();
});

test('another language is kept and shown by loading the page anew; nonsense is not', async () => {
  const reload = vi.spyOn(location, 'reload').mockImplementation(() => undefined);
  await start();
  choose('Language', 'de');
  expect([keptLanguage(), reload.mock.calls.length]).toEqual(['de', 1]);
  choose('Language', '');
  expect(keptLanguage()).toBeNull();
  for (const wrong of ['xx', 'constructor', '']) {
    kept.set('deskhand/language', wrong);
    expect(keptLanguage()).toBeNull();
  }
  keepLanguage('en');
  expect(keptLanguage()).toBe('en');
});

test('a request makes a sound only while sounds are on', async () => {
  await start();
  const play = vi.fn();
  const packages = new Packages(new FakeBackend(), () => sound.ring(play));
  const ask = (n: number) => packages.tell({ id: id(n), name: 'Bo', problem: '', asked_at: n, closed_at: null });
  ask(1);
  const [, , ring] = document.querySelectorAll<HTMLElement>(
    'section[aria-labelledby=settings-notifications] [role=switch]',
  );
  expect(ring?.getAttribute('aria-checked')).toBe('true');
  ring?.click();
  await Promise.resolve();
  ask(2);
  expect(play).toHaveBeenCalledTimes(1);
  sound.on = true;
  sound.start();
  expect(sound.on).toBe(false);
});

test('the relay is opened to the network from here, and says when that fails', async () => {
  const backend = await start();
  const open = () =>
    document.querySelector<HTMLElement>('section[aria-labelledby=settings-relay] [role=switch]')?.click();
  open();
  await vi.waitFor(() => expect(backend.asked).toContain('openLan'));
  backend.answers.closeLan = () => Promise.reject(new Error('no'));
  await vi.waitFor(() => {
    flushSync();
    if (backend.asked.at(-1) !== 'closeLan') open();
    expect(document.querySelector('[role=alert]')).not.toBeNull();
  });
});

test('every package that the page depends on is named with its licence', async () => {
  const all = licences(`${import.meta.dirname}/..`);
  const names = all.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['svelte', 'bits-ui', '@tauri-apps/api', 'fflate', 'uqr', 'virtua']));
  expect(names).not.toContain('vite');
  expect(all.filter(({ licence }) => /GPL/i.test(licence))).toEqual([]);
  await start();
  const details = document.querySelector<HTMLDetailsElement>('#settings-about ~ details');
  if (details) details.open = true;
  details?.dispatchEvent(new Event('toggle'));
  await vi.waitFor(
    () => expect(document.querySelectorAll('#settings-about ~ details li')).toHaveLength(all.length),
    20_000,
  );
  expect(document.querySelector<HTMLDetailsElement>('#settings-about ~ details')?.textContent).toContain('bits-ui');
});
