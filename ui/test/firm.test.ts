// @vitest-environment happy-dom
/** The company, the technician himself and what the owner has chosen, as a person meets them in the settings. */

import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { FakeBackend, boot } from '../dev/fake';
import NewsBanner from '../src/app/NewsBanner.svelte';
import NewsWidget from '../src/features/dashboard/NewsWidget.svelte';
import Company from '../src/features/settings/Company.svelte';
import Identity from '../src/features/settings/Identity.svelte';
import Notifications from '../src/features/settings/Notifications.svelte';
import Profile from '../src/features/settings/Profile.svelte';
import RelayChoices from '../src/features/settings/RelayChoices.svelte';
import { isHttps, isProvider } from '../src/state/chosen.svelte';
import { Desk } from '../src/state/desk.svelte';
import type { Release } from '../src/state/types';

let shown: object | undefined;

afterEach(async () => {
  if (shown) await unmount(shown);
  shown = undefined;
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

async function start(
  Shown: Component<{ desk: Desk }>,
  prepare: (backend: FakeBackend) => void = () => undefined,
): Promise<{ backend: FakeBackend; desk: Desk }> {
  const backend = new FakeBackend();
  backend.first = boot();
  prepare(backend);
  const desk = new Desk(backend, () => Promise.resolve([]));
  await desk.start();
  shown = mount(Shown, { target: document.body, props: { desk } });
  await settled();
  return { backend, desk };
}

async function settled(): Promise<void> {
  flushSync();
  await new Promise((resolve) => setTimeout(resolve));
  flushSync();
}

function button(name: string): HTMLButtonElement {
  const named = (one: Element) => one.getAttribute('aria-label') ?? one.textContent.trim();
  const found = [...document.querySelectorAll('button')].find((one) => named(one) === name);
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

async function click(name: string): Promise<void> {
  button(name).click();
  await settled();
}

function field(label: string): HTMLInputElement | HTMLSelectElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent.trim() === label);
  const input = found && document.getElementById(found.htmlFor);
  if (!(input instanceof HTMLInputElement || input instanceof HTMLSelectElement)) throw new Error(`no field ${label}`);
  return input;
}

async function type(label: string, text: string): Promise<void> {
  const input = field(label);
  input.value = text;
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }));
  await settled();
}

async function submit(): Promise<void> {
  document.querySelector('form')?.dispatchEvent(new SubmitEvent('submit', { bubbles: true, cancelable: true }));
  await settled();
}

const text = () => document.body.textContent;

test('the owner certifies whoever he has before his eyes, and takes it back', async () => {
  const { backend } = await start(Company);
  expect(text()).toContain('91B4 07EE 5C2A D813');
  await click('Certify Jonas Falk');
  expect(text()).toContain('It must be 5E11 7C41');
  await click('It is the same: certify');
  expect(backend.firm.view.people[1]?.standing).toBe('good');
  await click('Revoke Jonas Falk’s certificate');
  await click('Revoke');
  expect(backend.firm.view.people[1]?.standing).toBe('revoked');
});

test('a key that was swapped behind the screen is not certified', async () => {
  const { backend } = await start(Company);
  const [me, jonas, ...rest] = backend.firm.view.people;
  if (!me || !jonas) throw new Error('nobody');
  backend.firm.view = {
    ...backend.firm.view,
    people: [me, { ...jonas, technician: { ...jonas.technician, key: 'swapped' } }, ...rest],
  };
  await click('Certify Jonas Falk');
  await click('It is the same: certify');
  expect(text()).toContain('This is not what was on the screen any more');
  expect(backend.firm.view.people[1]?.standing).toBe('none');
});

test('who is not the owner sees the state and changes nothing; another company key is believed after a click', async () => {
  const { backend } = await start(Company, ({ firm }) => {
    firm.view = { ...firm.view, owner: false, here: 'no', changed: true };
  });
  expect(text()).toContain('The company has another key than before');
  expect([...document.querySelectorAll('button')].map((one) => one.textContent.trim())).toEqual([
    'I have compared it',
    'Use it in a browser',
  ]);
  await click('I have compared it');
  expect(backend.firm.view.changed).toBe(false);
  expect(text()).not.toContain('The company has another key than before');
});

test('a hostile name is text in the table and in the question', async () => {
  const hostile = '<img src=x onerror="window.taken=1">';
  await start(Company, ({ firm }) => {
    const people = firm.view.people.map((one, at) =>
      at === 1 ? { ...one, technician: { ...one.technician, name: hostile } } : one,
    );
    firm.view = { ...firm.view, people };
  });
  await click(`Certify ${hostile}`);
  expect(document.querySelector('img')).toBeNull();
  expect(text()).toContain(hostile);
});

test('an invitation shows address and token', async () => {
  await start(Company);
  await click('Invite a technician');
  expect(text()).toContain('https://help.example.org');
  expect(text()).toContain('7KQ2-M4XD-9R3T-PW8H-2N6C.');
});

test('another name is saved once it is one', async () => {
  const { desk } = await start(Profile);
  expect(button('Save').disabled).toBe(true);
  await type('Your name', ' ');
  await submit();
  expect(text()).toContain('Type your name.');
  await type('Your name', 'Anna Falk');
  await submit();
  expect([desk.technician?.name, desk.technician?.company]).toEqual(['Anna Falk', 'Berger IT Support']);
  expect(text()).toContain('Saved.');
});

test('an identity is exported with a good passphrase that was typed twice', async () => {
  await start(Identity);
  expect(text()).toContain('5E10 7C41 09D2');
  await type('Passphrase', 'short');
  await submit();
  expect(text()).toContain('That is too short.');
  await type('Passphrase', 'four words are good');
  await type('Passphrase again', 'four words are god');
  await submit();
  expect(text()).toContain('The two are not the same.');
  expect(text()).not.toContain('Written:');
  await type('Passphrase again', 'four words are good');
  await submit();
  expect(text()).toContain('Written: /home/anna/Downloads/deskhand-identity.json');
  expect([field('Passphrase').value, field('Passphrase again').value]).toEqual(['', '']);
});

test('addresses are HTTPS, and a provider is told where', () => {
  for (const good of ['https://api.example/releases', 'https://api.example']) expect(isHttps(good)).toBe(true);
  for (const bad of ['', 'http://a.example', 'https://', 'https://u:p@a.example/', 'https://a b/', 'javascript:1'])
    expect(isHttps(bad)).toBe(false);
  expect(isProvider('https://geo.example/{ip}/json')).toBe(true);
  expect(isProvider('https://geo.example/?of={ip}')).toBe(true);
  for (const bad of ['https://geo.example/', 'https://{ip}.example/', 'https://geo.example/{ip}{ip}'])
    expect(isProvider(bad)).toBe(false);
});

test('the owner chooses how long sessions are kept and who is asked', async () => {
  const { backend } = await start(RelayChoices);
  expect(text()).toContain('Nobody is asked');
  await type('Provider’s address', 'http://geo.example/{ip}');
  await submit();
  expect(backend.firm.settings.settings.location).toBe('');
  expect(text()).toContain('It must begin with https:// and have {ip} once');
  await type('Provider’s address', 'https://geo.example/{ip}');
  await type('Sessions are kept', '365');
  await submit();
  expect(backend.firm.settings.settings).toEqual({ location: 'https://geo.example/{ip}', news: '', keep_days: 365 });
  expect(text()).toContain('Saved.');
});

test('who is not the owner reads them only', async () => {
  await start(RelayChoices, ({ firm }) => {
    firm.settings = { ...firm.settings, owner: false };
  });
  expect(document.querySelector('fieldset')?.disabled).toBe(true);
  expect(text()).toContain('Only the owner of the relay changes this.');
});

test('each notification is switched off by itself, and the shell learns of it', async () => {
  const { backend } = await start(Notifications);
  const control = document.querySelector<HTMLElement>('[role=switch]');
  control?.click();
  await settled();
  expect(backend.firm.notices).toEqual([false, true]);
  control?.click();
  await settled();
  expect(backend.firm.notices).toEqual([true, true]);
});

const big: Release = {
  version: '2.0.0',
  title: '<b>Big</b>',
  notes: '<script>window.taken=1</script>\n- fast',
  published_at: 0,
};

test('what is new is told once, as text', async () => {
  const { backend } = await start(NewsBanner, ({ firm }) => {
    firm.told = { running: '1.0.0', installed: null, newest: big, unseen: '2.0.0' };
  });
  expect(text()).toContain('What is new in 2.0.0');
  await click('Read');
  expect(text()).toContain('<script>window.taken=1</script>');
  expect([document.querySelector('script'), document.querySelector('b')]).toEqual([null, null]);
  expect(backend.firm.told.unseen).toBeNull();
  await click('Close');
  expect(text()).not.toContain('What is new in 2.0.0');
});

test('the widget says what runs, what is there, or where to choose', async () => {
  const { desk, backend } = await start(NewsWidget);
  expect(document.querySelector('a')?.textContent).toContain('Choose an address');
  backend.firm.told = { running: '1.0.0', installed: { ...big, version: '1.0.0' }, newest: big, unseen: null };
  await desk.chosen.load();
  await settled();
  expect(text()).toContain('2.0.0 is there.');
  expect(text()).toContain('1.0.0 is running.');
});
