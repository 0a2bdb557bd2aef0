// @vitest-environment happy-dom
/**
 * The command menu reaches everything: each control that a screen has, also in its closed panels, is found by typing its
 * name. What the screens have is gathered here from the page itself, so that a control which somebody adds and the menu
 * does not find fails.
 */

import { mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FakeBackend, boot, device, id, session, template, EARLY } from '../dev/fake';
import App from '../src/app/App.svelte';
import { parts } from '../src/app/parts';
import { shortcuts } from '../src/app/shortcuts.svelte';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';
import { t } from '../src/state/text';
import { giveCanvas, giveSizes, settle } from './page';

let app: object | undefined;

beforeAll(() => Promise.all(Object.values(parts).map((part) => part.want())));

beforeEach(() => {
  giveSizes(1_000);
  giveCanvas();
  // Nothing is anywhere here.
  HTMLElement.prototype.scrollIntoView = () => undefined;
});

afterEach(async () => {
  shortcuts.close();
  if (app) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function start(hash: string): Promise<FakeBackend> {
  const backend = new FakeBackend();
  const weber = { customer: 'Weber', status: 'live', helper_online: true, started_at: EARLY, device: id(601) } as const;
  backend.first = boot({ relay: { ...boot().relay, public_addresses: ['192.168.178.20:47443'] } });
  backend.records = [session(9, weber), session(8, { status: 'ended', ended_at: EARLY, tags: ['vip'] })];
  backend.known = [device(1, { customer: 'Weber' }), device(2, { tags: ['vip'] })];
  backend.kept = [template(1), template(2, { current: false })];
  backend.calls.set(id(9), {
    state: 'live',
    granted: [
      'view',
      'control',
      'point',
      'clipboard-in',
      'files-in',
      'files-out',
      'task-manager',
      'system-info',
      'lock',
      'restart',
    ],
    held: [],
    stopped: null,
    asking: [],
    may_return: true,
    declined: null,
    monitors: [0, 1].map((index) => ({
      index,
      name: `DP-${index}`,
      x: 1280 * index,
      y: 0,
      width: 1280,
      height: 800,
      primary: index === 0,
      scale_percent: 100,
      rotation: 'upright' as const,
    })),
    shown: [0],
    codec: 'av1',
    path: 'direct',
    trouble: null,
    attention: 0,
  });
  location.hash = hash;
  router.start();
  const desk = new Desk(backend, () => Promise.resolve(['av1']));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.start();
  await settle();
  return backend;
}

const tidy = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();

/** By other means than the menu's own, so that both are not wrong in the same way. */
function nameOf(element: HTMLElement): string {
  const isField =
    element instanceof HTMLInputElement ||
    element instanceof HTMLSelectElement ||
    element instanceof HTMLTextAreaElement;
  const labels = isField ? [...(element.labels ?? [])].map((one) => one.textContent) : [];
  return tidy(
    element.getAttribute('aria-label') ?? (labels.length > 0 ? labels.join(' ') : element.textContent || element.title),
  );
}

/** The names of everything that can be used in a part of the page, but for records and the list of places. */
function names(root: ParentNode): string[] {
  const found = root.querySelectorAll<HTMLElement>(
    'button, a, input, select, textarea, summary, [role=switch], [role=tab], [onclick]',
  );
  return [...found]
    .filter((one) => !one.matches(':disabled') && !one.closest('nav, dialog, .find, .calls'))
    .filter((one) => !(one.matches('textarea') && one.classList.contains('keys')))
    .filter((one) => !/^#\/(session|device)s?\/[0-9a-f-]{36}/.test(one.getAttribute('href') ?? ''))
    .map(nameOf);
}

/** Everything on the screen, with each panel opened once. */
async function everything(): Promise<string[]> {
  const frame = document.querySelector<HTMLElement>('.frame');
  if (!frame) throw new Error('no screen');
  const found = new Set(names(frame));
  for (const opener of frame.querySelectorAll<HTMLElement>('button[aria-haspopup=dialog]')) {
    opener.click();
    await settle();
    for (const name of names(frame)) found.add(name);
    opener.click();
    await settle();
  }
  return [...found];
}

async function typed(text: string): Promise<string[]> {
  const field = document.querySelector<HTMLInputElement>('dialog.commands input');
  if (!field) throw new Error('no menu');
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
  return [...document.querySelectorAll('dialog.commands [data-command-item] .text')].map((one) =>
    tidy(one.textContent),
  );
}

const SCREENS = {
  dashboard: '#/',
  sessions: '#/sessions',
  'a session beside the list': `#/sessions/${id(8)}`,
  devices: '#/devices',
  device: `#/device/${id(601)}`,
  statistics: '#/statistics',
  audit: '#/audit',
  templates: '#/templates',
  settings: '#/settings',
  'self-test': '#/selftest',
  'live session': `#/session/${id(9)}`,
};

test.each(Object.entries(SCREENS))('every control of the screen is found by its name: %s', async (_, hash) => {
  await start(hash);
  const all = await everything();
  expect(all.length).toBeGreaterThan(3);
  expect(
    all.filter((name) => name === ''),
    'a control without a name',
  ).toEqual([]);
  shortcuts.show('commands');
  await settle();
  const missing = [];
  for (const name of all) if (!(await typed(name)).includes(name)) missing.push(name);
  expect(missing).toEqual([]);
});

test('what is chosen in the menu happens, also in a panel that is closed', async () => {
  const backend = await start(`#/session/${id(9)}`);
  for (const name of [t.files.title, t.quick.programs]) {
    shortcuts.show('commands');
    await settle();
    expect(await typed(name)).toContain(name);
    const item = [...document.querySelectorAll<HTMLElement>('dialog.commands [data-command-item]')].find(
      (one) => tidy(one.querySelector('.text')?.textContent) === name,
    );
    item?.click();
    await settle();
    await settle();
    expect(document.querySelector('dialog.commands')).toBeNull();
  }
  expect(backend.asked.some((asked) => asked.startsWith('listPrograms'))).toBe(true);
  expect(document.querySelector('[data-side]')).not.toBeNull();
});

test('what other screens have by name is found from anywhere, and leads there', async () => {
  await start('#/');
  shortcuts.show('commands');
  await settle();
  for (const name of [t.relays.add, t.firm.certify, t.settings.language, t.records.statistics.csv]) {
    expect(await typed(name), name).toContain(name);
  }
  await typed(t.relays.add);
  [...document.querySelectorAll<HTMLElement>('dialog.commands [data-command-item]')]
    .find((one) => tidy(one.querySelector('.text')?.textContent) === t.relays.add)
    ?.click();
  await settle();
  expect(location.hash).toBe('#/settings');
});

test('another relay is a click away', async () => {
  const backend = await start('#/');
  shortcuts.show('commands');
  await settle();
  expect(await typed('help.example.org')).toContain(t.relays.changeTo('help.example.org'));
  expect(backend.relays?.known.find(({ current }) => current)?.id).toBe('inside');
});
