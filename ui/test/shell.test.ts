// @vitest-environment happy-dom
/** What stands around the page: the tray says who waits, and a link fills in a form and does nothing else. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeBackend, boot, id, session } from '../dev/fake';
import Opened from '../src/app/Opened.svelte';
import { shortcuts } from '../src/app/shortcuts.svelte';
import FirstStart from '../src/features/start/FirstStart.svelte';
import Desktop from '../src/features/settings/Desktop.svelte';
import type { Link } from '../src/protocol/generated/Link';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';
import { Shell } from '../src/state/shell.svelte';

const settle = () => new Promise((done) => setTimeout(done));
let shown: object | undefined;

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
  shortcuts.close();
  router.current = { screen: 'dashboard' };
});
afterEach(async () => {
  if (shown) await unmount(shown);
  shown = undefined;
  vi.unstubAllGlobals();
});

async function start(link: Link | null = null, technician = true) {
  const backend = new FakeBackend();
  backend.first = technician ? boot() : boot({ technician: null });
  const desk = new Desk(backend, () => Promise.resolve([]));
  if (link) backend.shell.opened = { link };
  await desk.start();
  await settle();
  return { backend, desk };
}

const sent = (backend: FakeBackend) =>
  backend.asked.filter((what) => /^(createSession|connect|joinRelay|setUp|takeRequest)/.test(what));

test('a link fills in the form for a new session, and nothing is made of it', async () => {
  const { backend, desk } = await start({ form: 'session', customer: 'Mr Weber', machine: 'till 3' });
  shown = mount(Opened, { target: document.body, props: { desk } });
  flushSync();
  expect(desk.inviting.current).toEqual({ kind: 'new', customer: 'Mr Weber', machine: 'till 3' });
  expect([desk.shell.opened, sent(backend)]).toEqual([null, []]);
});

test('whoever is in a call is asked first, and a form that is open is not filled in anew', async () => {
  const { backend, desk } = await start();
  shown = mount(Opened, { target: document.body, props: { desk } });
  for (const busy of [
    () => (router.current = { screen: 'session', id: id(1) }),
    () => desk.inviting.begin('Mrs Half-typed'),
  ]) {
    busy();
    backend.shell.opened = { link: { form: 'session', customer: 'Eve', machine: '' } };
    backend.tell({ kind: 'opened' });
    await settle();
    flushSync();
    expect(document.body.textContent).toContain('for Eve');
    expect(desk.inviting.current).not.toMatchObject({ customer: 'Eve' });
  }
  const open = [...document.querySelectorAll('button')].find((one) => one.textContent.includes('Open the form'));
  open?.click();
  flushSync();
  expect(desk.inviting.current).toMatchObject({ customer: 'Eve' });
  expect(sent(backend)).toEqual([]);
});

test('a link to be found opens the command menu; one to another relay or of no use is only told of', async () => {
  const { backend, desk } = await start({ form: 'find', text: 'weber' });
  shown = mount(Opened, { target: document.body, props: { desk } });
  flushSync();
  expect([shortcuts.open, shortcuts.text]).toEqual(['commands', 'weber']);
  shortcuts.close();
  for (const [link, words] of [
    [{ form: 'join', relay: 'evil.example', token: '' }, 'names the relay evil.example'],
    [null, 'does not understand'],
  ] as const) {
    backend.shell.opened = { link };
    backend.tell({ kind: 'opened' });
    await settle();
    flushSync();
    expect(document.body.textContent).toContain(words);
  }
  expect(sent(backend)).toEqual([]);
});

test('a link to another relay fills in the form that joins it after a click, and nothing is joined', async () => {
  const { backend, desk } = await start({ form: 'join', relay: 'two.example.org', token: 'K7MP' });
  shown = mount(Opened, { target: document.body, props: { desk } });
  flushSync();
  expect([desk.relays?.filled, router.current.screen]).toEqual([null, 'dashboard']);
  [...document.querySelectorAll('button')].find((one) => one.textContent.includes('Open the form'))?.click();
  flushSync();
  expect(desk.relays?.filled).toEqual({ address: 'two.example.org', token: 'K7MP' });
  expect(location.hash).toBe('#/settings');
  expect([backend.relays?.known.length, sent(backend)]).toEqual([2, []]);
});

test('at the first start a link fills in the relay, unless somebody has typed there', async () => {
  const { backend, desk } = await start({ form: 'join', relay: 'help.example.org', token: 'T' }, false);
  shown = mount(FirstStart, { target: document.body, props: { desk } });
  flushSync();
  const values = () => [...document.querySelectorAll('input')].map((input) => input.value);
  expect(values()).toEqual(expect.arrayContaining(['help.example.org', 'T']));
  backend.shell.opened = { link: { form: 'join', relay: 'evil.example', token: '' } };
  backend.tell({ kind: 'opened' });
  await settle();
  flushSync();
  expect(values()).not.toContain('evil.example');
  expect(sent(backend)).toEqual([]);
});

test('the tray is told of a change and not of the same again, and a click in it only goes there', async () => {
  const { backend, desk } = await start();
  const line = { id: `session/${id(1)}`, text: 'Mr Weber is waiting' };
  await desk.shell.show([line]);
  await desk.shell.show([line]);
  desk.shell.setKeep(true);
  await desk.shell.show([line]);
  expect(backend.shell.trays.map(({ waiting, keep }) => [waiting, keep])).toEqual([
    [1, false],
    [1, true],
  ]);
  expect(new Shell(backend.shell).keep, 'it is kept').toBe(true);
  backend.records = [session(1)];
  backend.tell({ kind: 'tray', line: line.id });
  expect(location.hash).toBe(`#/session/${id(1)}`);
  backend.tell({ kind: 'tray', line: 'request/../../x' });
  expect(location.hash).toBe('#/');
  expect(sent(backend)).toEqual([]);
});

test('what the desktop cannot do is not offered, and a refusal is told', async () => {
  const { backend, desk } = await start();
  backend.shell.chosen = { with_desktop: false, opens_links: null };
  shown = mount(Desktop, { target: document.body, props: { desk } });
  await settle();
  flushSync();
  const switches = () => [...document.querySelectorAll<HTMLElement>('[role=switch]')];
  expect(switches().map((one) => one.textContent.trim())).toEqual(['Start with the desktop']);
  switches()[0]?.click();
  await settle();
  flushSync();
  expect(switches()[0]?.getAttribute('aria-checked')).toBe('true');
  backend.shell.refuse = true;
  switches()[0]?.click();
  await settle();
  flushSync();
  expect(document.querySelector('[role=alert]')?.textContent).toContain('could not be written');
  expect(switches()[0]?.getAttribute('aria-checked')).toBe('true');
});
