// @vitest-environment happy-dom
/** Signing in by a browser, as a person meets it; and what only a desktop can do is not there. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { boot, FakeBackend } from '../dev/fake';
import { FakeAccounts, PASSWORD } from '../dev/fake-accounts';
import App from '../src/app/App.svelte';
import { parts } from '../src/app/parts';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';

let app: object | undefined;

beforeAll(() => Promise.all(Object.values(parts).map((part) => part.want())));
afterEach(async () => {
  if (app) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function settle(): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await new Promise((done) => setTimeout(done));
    flushSync();
  }
}

async function start(prepare: (accounts: FakeAccounts) => void = () => undefined, signedIn = false, hash = '#/') {
  vi.stubGlobal('ResizeObserver', function () {
    return { observe: () => undefined, unobserve: () => undefined, disconnect: () => undefined };
  });
  const backend = new FakeBackend();
  const accounts = new FakeAccounts(() => boot());
  prepare(accounts);
  backend.accounts = accounts;
  backend.can = new Set();
  backend.relays = null;
  const relay = { ...boot().relay, place: 'elsewhere' as const };
  backend.first = boot({ relay, ...(!signedIn && { technician: null }) });
  location.hash = hash;
  router.start();
  const desk = new Desk(backend, () => Promise.resolve(['av1']));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.start();
  await settle();
  return { accounts, backend };
}

const button = (name: string) =>
  [...document.querySelectorAll('button')].find(
    (one) => (one.getAttribute('aria-label') ?? one.textContent).trim() === name,
  );
function field(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent.trim().startsWith(label));
  const input = found && document.getElementById(found.htmlFor);
  if (!(input instanceof HTMLInputElement)) throw new Error(`no field ${label}`);
  return input;
}
function type(label: string, text: string): void {
  const input = field(label);
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}
async function submit(): Promise<void> {
  document.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await settle();
}
const says = (text: string) => expect(document.body.textContent).toContain(text);

test('name and password bring in; what is wrong is said where it is', async () => {
  const { accounts } = await start();
  await submit();
  says('Enter your sign-in name.');
  type('Sign-in name', 'anna');
  type('Password', 'wrong');
  await submit();
  says('Name, password or code is wrong.');
  type('Password', PASSWORD);
  await submit();
  expect(button('New session')).toBeDefined();
  expect(accounts.asked).toEqual(['signIn anna -', 'signIn anna -']);
});

test('a second factor is asked for when the password is right', async () => {
  const { accounts } = await start((accounts) => (accounts.totp = true));
  type('Sign-in name', 'anna');
  type('Password', PASSWORD);
  await submit();
  says('Your password is right.');
  await submit();
  says('Enter the code.');
  type('Code of your app', '123456');
  await submit();
  expect(button('New session')).toBeDefined();
  expect(accounts.asked.at(-1)).toBe('signIn anna 123456');
});

test('who is locked out reads for how long', async () => {
  await start((accounts) => (accounts.locked = true));
  type('Sign-in name', 'anna');
  type('Password', PASSWORD);
  await submit();
  says('Too many tries. Try again in');
});

test('a relay without an owner is set up with its token', async () => {
  const { accounts } = await start((accounts) => (accounts.first = true));
  says('This relay has no owner yet.');
  type('Set-up token', '7KQ2-M4XD-9R3T-PW8H.pin');
  type('Your name', 'Anna Berger');
  type('Sign-in name', 'anna');
  type('Password', 'short');
  await submit();
  says('A password has at least 12 characters.');
  type('Password', PASSWORD);
  type('Password once more', PASSWORD);
  await submit();
  expect(accounts.asked).toEqual(['join 7KQ2-M4XD-9R3T-PW8H.pin anna Anna Berger']);
});

test('what only a desktop can do is not on any screen', async () => {
  await start(undefined, true, '#/settings');
  says('Signed in as anna@example.org');
  for (const absent of ['Test the connection', 'Generate support package', 'Open to the local network']) {
    expect(document.body.textContent).not.toContain(absent);
  }
  expect(document.querySelector('#settings-company')).toBeNull();
  expect(document.querySelector('#settings-identity')?.parentElement?.querySelector('details')).toBeNull();
});

test('a sign-in elsewhere is ended, and the second factor set up with its codes shown once', async () => {
  const { accounts } = await start(undefined, true, '#/settings');
  const other = accounts.here[1]?.browser ?? '';
  button(`Sign out ${other}`)?.click();
  await settle();
  expect(accounts.here).toHaveLength(1);
  button('Set up')?.click();
  await settle();
  type('Your password now', PASSWORD);
  document
    .querySelector('#settings-account')
    ?.parentElement?.querySelector('form')
    ?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await settle();
  says('JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
  type('Code of the app', '123456');
  document
    .querySelector('#settings-account')
    ?.parentElement?.querySelector('form')
    ?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
  await settle();
  says('7KQ2-M4X9-9R3T');
  button('I have kept them')?.click();
  await settle();
  says('10 recovery codes are left.');
  expect(document.body.textContent).not.toContain('7KQ2-M4X9-9R3T');
});
