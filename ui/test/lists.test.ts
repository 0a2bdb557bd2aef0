// @vitest-environment happy-dom
/** Lists, dashboard and commands as a person meets them. */

import { mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { device, FakeBackend, id, session } from '../dev/fake';
import App from '../src/app/App.svelte';
import { parts } from '../src/app/parts';
import { shortcuts } from '../src/app/shortcuts.svelte';
import { BackendError } from '../src/backend/backend';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';
import { giveSizes, settle } from './page';

let app: object | undefined;
const now = Date.now();

// What is fetched when it is wanted is there at once.
beforeAll(() => Promise.all(Object.values(parts).map((part) => part.want())));

beforeEach(() => {
  localStorage.clear();
  giveSizes(1_400);
});

afterEach(async () => {
  if (app) await unmount(app);
  app = undefined;
  shortcuts.close();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function start(prepare: (backend: FakeBackend) => void, hash: string): Promise<FakeBackend> {
  const backend = new FakeBackend();
  prepare(backend);
  location.hash = hash;
  router.start();
  const desk = new Desk(backend, () => Promise.resolve(['av1']));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.start();
  await settle(8);
  return backend;
}

const nameOf = (element: Element) => (element.getAttribute('aria-label') ?? element.textContent).trim();

function button(name: string): HTMLButtonElement {
  const found = [...document.querySelectorAll('button')].find((one) => nameOf(one) === name);
  if (!found)
    throw new Error(`no button "${name}" among ${[...document.querySelectorAll('button')].map(nameOf).join(', ')}`);
  return found;
}

async function click(name: string): Promise<void> {
  button(name).click();
  await settle(8);
}

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-row]')];
const past = { status: 'ended', ended_at: now, end_reason: 'customer_ended' } as const;

function someSessions(shell: FakeBackend): void {
  shell.records = [
    session(1, {
      customer: 'Weber',
      machine: 'Till 3',
      tags: ['vip'],
      started_at: now - 90_000,
      duration_ms: 90_000,
      ...past,
    }),
    session(2, { customer: 'Lang', host: 'kasse-1' }),
  ];
}

test('the list shows customer and machine beside the id; a row opens beside it, with tags and notes in place', async () => {
  const backend = await start(someSessions, '#/sessions');
  const row = rows().find((one) => one.textContent.includes('Weber'));
  expect(row?.querySelector('strong')?.textContent).toBe('Weber / Till 3');
  expect(row?.textContent).toContain(id(1).slice(-8));
  row?.click();
  await settle(8);
  expect(location.hash).toContain(id(1));
  const field = [...document.querySelectorAll('input')].find((one) => one.labels?.[0]?.textContent === 'Tags');
  if (!field) throw new Error('no field for tags');
  field.value = ' printer ';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  await settle(8);
  expect(backend.records[0]?.tags).toEqual(['vip', 'printer']);
  await click('Remove the tag vip');
  expect(backend.records[0]?.tags).toEqual(['printer']);
  const notes = document.querySelector('textarea');
  if (!notes) throw new Error('no notes');
  notes.value = 'Key under the mat';
  notes.dispatchEvent(new Event('input', { bubbles: true }));
  backend.answers.editSession = () => Promise.reject(new BackendError('relay_away', 'x'));
  notes.dispatchEvent(new Event('blur'));
  await settle(8);
  expect(document.body.textContent).toContain('The relay is not connected.');
  expect(notes.value).toBe('Key under the mat');
  delete backend.answers.editSession;
  notes.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }));
  await settle(8);
  expect(backend.records[0]?.notes).toBe('Key under the mat');
});

test('a session is deleted only after a question, and one that still runs says why not', async () => {
  const backend = await start(someSessions, `#/sessions/${id(1)}`);
  await click('Delete');
  expect(document.querySelector('dialog')?.textContent).toContain('Delete the session of Weber, Till 3?');
  expect(document.activeElement?.textContent).toContain('Cancel');
  backend.answers.deleteSession = () => Promise.reject(new BackendError('in_session', 'x'));
  const yes = () => [...document.querySelectorAll<HTMLElement>('dialog button')].at(-1)?.click();
  yes();
  await settle(8);
  expect(document.querySelector('dialog [role=alert]')?.textContent).toContain('still open');
  delete backend.answers.deleteSession;
  yes();
  await settle(8);
  expect(document.querySelector('dialog')).toBeNull();
  expect(rows().some((one) => one.textContent.includes('Weber'))).toBe(false);
});

test('filters stand in the address, and what fits nothing says so', async () => {
  await start(someSessions, '#/sessions?text=till');
  expect(rows()).toHaveLength(1);
  router.replace({ screen: 'sessions', query: { status: 'running' } });
  await settle(8);
  expect(rows().map((one) => one.querySelector('strong')?.textContent)).toEqual(['Lang']);
  router.replace({ screen: 'sessions', query: { text: 'nobody' } });
  await settle(8);
  expect(document.body.textContent).toContain('Nothing matches');
  await click('Clear filters');
  expect(location.hash).toBe('#/sessions');
  expect(rows()).toHaveLength(2);
});

test('of ten thousand devices only those in sight are in the page; several are changed at once', async () => {
  const backend = await start((shell) => {
    shell.known = Array.from({ length: 10_000 }, (_, n) => device(n, { host: `PC-${n}`, last_seen: now - n }));
  }, '#/devices');
  expect(document.querySelector('[role=table]')?.getAttribute('aria-rowcount')).toBe('10001');
  expect(rows().length).toBeGreaterThan(5);
  expect(rows().length).toBeLessThan(60);
  for (const box of rows().slice(0, 2)) box.querySelector<HTMLInputElement>('input[type=checkbox]')?.click();
  await settle(8);
  expect(document.body.textContent).toContain('2 selected');
  await click('Add tag');
  const field = document.querySelector<HTMLInputElement>('[role=toolbar] input[type=text]');
  if (!field) throw new Error('no field');
  field.value = 'Team A';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await click('Apply');
  expect(backend.known.filter(({ tags }) => tags.includes('Team A'))).toHaveLength(2);
});

test('a device is renamed in its row with one height of buttons, and asked for with its names filled in', async () => {
  const backend = await start(
    (shell) => (shell.known = [device(1, { host: 'OFFICE-3', customer: 'Weber' })]),
    '#/devices',
  );
  await click('Edit Weber');
  const field = [...document.querySelectorAll('input')].find((one) => nameOf(one) === 'Machine');
  if (!field) throw new Error('no field');
  field.value = 'Till 3';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await click('Save');
  expect(backend.known[0]).toMatchObject({ customer: 'Weber', machine: 'Till 3' });
  await click('Request a session with Weber / Till 3');
  const filled = [...document.querySelectorAll<HTMLInputElement>('dialog input')].map((one) => one.value);
  expect(filled.slice(0, 2)).toEqual(['Weber', 'Till 3']);
});

test('a device with an open helper is asked at once', async () => {
  const backend = await start((shell) => {
    shell.known = [device(1, { customer: 'Weber', online: true })];
    shell.records = [session(1, { device: id(601), status: 'waiting', helper_online: true })];
  }, '#/devices');
  await click('Request a session with Weber');
  expect(backend.asked).toContain(`connect ${id(1)} av1`);
  expect(location.hash).toBe(`#/session/${id(1)}`);
});

test('statistics of nothing are zero, and those of a period are its sessions', async () => {
  const backend = await start(() => undefined, '#/statistics');
  expect(document.querySelector('[aria-label="Total duration: 0 s"]')).not.toBeNull();
  backend.records = [session(1, { ...past, created_at: now - 5_000, started_at: now - 4_000, duration_ms: 61_900 })];
  backend.tell({ kind: 'session', session: backend.records[0] ?? session(1) });
  await vi.waitFor(async () => {
    await settle(8);
    expect(document.querySelector('[aria-label="Total duration: 1 min 1 s"]')).not.toBeNull();
  });
  await click('Export Excel');
  expect(document.body.textContent).toContain('/home/anna/Downloads/deskhand-sessions.xlsx');
});

test('widgets are moved, sized and hidden by keys and buttons, and stay so', async () => {
  await start(someSessions, '#/');
  const order = () => [...document.querySelectorAll('[data-widget]')].map(nameOf);
  expect(order()[0]).toBe('Active sessions');
  await click('Arrange');
  await click('Move Devices up');
  await click('Hide Recent activity');
  expect(order()).toEqual(['Active sessions', 'Quick connect', 'Devices', 'This week']);
  await click('Done');
  if (app) await unmount(app);
  document.body.replaceChildren();
  await start(someSessions, '#/');
  expect(order()).toEqual(['Active sessions', 'Quick connect', 'Devices', 'This week']);
  await click('Arrange');
  await click('Reset');
  expect(order()).toHaveLength(5);
});

test('the command menu finds actions and records by typing, and runs what is chosen', async () => {
  await start((shell) => {
    someSessions(shell);
    shell.known = [device(1, { host: 'OFFICE-3', customer: 'Hotel Post' })];
  }, '#/');
  const press = (key: string, more: KeyboardEventInit = {}) =>
    (document.activeElement ?? document.body).dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }),
    );
  press('k', { ctrlKey: true });
  await settle(8);
  const field = document.querySelector<HTMLInputElement>('dialog.commands input');
  if (!field) throw new Error('no menu');
  field.value = 'hotel';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle(8);
  const items = () => [...document.querySelectorAll<HTMLElement>('[data-command-item]')];
  expect(items().map((one) => one.textContent.trim())).toContainEqual(expect.stringContaining('Hotel Post'));
  items()[0]?.click();
  await settle(8);
  expect(location.hash).toBe(`#/device/${id(601)}`);
  expect(document.querySelector('dialog.commands')).toBeNull();
  press('?');
  await settle(8);
  expect(document.querySelector('dialog')?.textContent).toContain('Keyboard shortcuts');
});
