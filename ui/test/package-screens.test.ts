// @vitest-environment happy-dom
/** *Generate support package*, templates and requests as a technician meets them. */

import { mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { boot, FakeBackend, id, template } from '../dev/fake';
import App from '../src/app/App.svelte';
import { parts } from '../src/app/parts';
import { BackendError } from '../src/backend/backend';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';
import { en } from '../src/state/text/en';
import { settle } from './page';

let app: object | undefined;

// What is fetched when it is wanted is there at once.
beforeAll(() => Promise.all(Object.values(parts).map((part) => part.want())));

afterEach(async () => {
  if (app) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function start(prepare: (backend: FakeBackend) => void, hash = '#/'): Promise<FakeBackend> {
  const backend = new FakeBackend();
  backend.first = boot();
  prepare(backend);
  location.hash = hash;
  router.start();
  const desk = new Desk(backend, () => Promise.resolve(['av1']));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.start();
  await settle();
  return backend;
}

function button(name: string): HTMLButtonElement {
  const all = [...document.querySelectorAll('button')];
  const found = all.find((one) => (one.getAttribute('aria-label') ?? one.textContent).trim() === name);
  if (!found) throw new Error(`no button ${name}: ${document.body.textContent}`);
  return found;
}

async function click(name: string): Promise<void> {
  button(name).click();
  await settle();
}

function labelled<T extends HTMLElement>(label: string): T {
  const found = [...document.querySelectorAll('label')].find((one) => one.textContent.trim().startsWith(label));
  const field = found && document.getElementById(found.htmlFor);
  if (!field) throw new Error(`no field ${label}`);
  return field as T;
}

async function fill(label: string, text: string): Promise<void> {
  const field = labelled<HTMLInputElement | HTMLSelectElement>(label);
  field.value = text;
  field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
  await settle();
}

test('a package is made for a platform, with message, language and validity, and saved', async () => {
  const backend = await start((backend) => {
    backend.kept = [template(1, { platform: 'windows_x64', version: '0.2.0', seen: false }), template(2)];
  });
  expect(document.body.textContent).toContain('New for customers: Windows 0.2.0');
  await click('Generate support package');
  const options = [...labelled<HTMLSelectElement>('Customer’s computer').options].map((option) => option.text);
  expect(options).toEqual(['I do not know: send the link', 'Windows 0.2.0 – New', 'Linux 0.1.0']);
  expect(document.body.textContent).not.toContain('New for customers');
  await click('Generate');
  expect(document.body.textContent).toContain('Enter the name of the customer.');
  await fill('Customer’s computer', 'windows_x64');
  const customer = [...document.querySelectorAll('dialog label')].find((one) => one.textContent.trim() === 'Customer');
  const field = document.getElementById((customer as HTMLLabelElement).htmlFor) as HTMLInputElement;
  field.value = 'Weber';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await fill('Message to the customer', ' Close your mail first. ');
  await fill('Valid for', 'quarter');
  await fill(en.preset.legend, 'look');
  await fill('Customer’s language', 'de');
  await click('Generate');
  expect(backend.asked).toContain(`createSession Weber null look ${15 * 60_000}`);
  await click('Save package');
  expect(backend.asked.filter((asked) => asked.startsWith('savePackage'))).toEqual([
    `savePackage ${id(100)} windows_x64 Close your mail first. de`,
  ]);
  expect(document.body.textContent).toContain('Saved to /home/anna/Downloads/Support for Weber.zip');
  expect(document.querySelector('svg[aria-label="QR code of the link"]')).not.toBe(null);
  await click('Write a mail');
  const draft = backend.asked.find((asked) => asked.startsWith('openMail'));
  expect(decodeURIComponent(draft ?? '')).toMatch(/Close your mail first\.[\s\S]*https:\/\/[\s\S]*Anna Berger/);
});

test('a package that cannot be made says why and stays open', async () => {
  const backend = await start((backend) => (backend.kept = [template(1)]));
  await click('Generate support package');
  const first = document.querySelector<HTMLInputElement>('dialog input');
  if (first) first.value = 'Weber';
  first?.dispatchEvent(new Event('input', { bubbles: true }));
  await click('Generate');
  backend.answers.savePackage = () => Promise.reject(new BackendError('no_template', ''));
  await click('Save package');
  expect(document.body.textContent).toContain('The relay has no program for this platform yet.');
  backend.answers.saveProgram = () => Promise.reject(new BackendError('no_name_for_address', ''));
  await click('Save program only');
  expect(document.body.textContent).toContain('does not fit into a file’s name');
});

test('somebody who asks for help is shown as text, taken up or put aside', async () => {
  const backend = await start((backend) => {
    backend.asking = [{ id: 'a', name: '<b>Eve</b>', problem: '<img src=x>', asked_at: 1, closed_at: null }];
  });
  expect(document.body.textContent).toContain('1 person asks for help');
  expect(document.body.textContent).toContain('<img src=x>');
  expect(document.querySelector('img[src=x]')).toBe(null);
  expect(document.title).toContain('(1)');
  await click('Help <b>Eve</b>');
  expect(backend.asked).toContain('takeRequest a');
  expect(document.body.textContent).toContain('compare the words');
  expect(document.body.textContent).not.toContain('asks for help');
  backend.tell({ kind: 'request', request: { id: 'b', name: 'Bo', problem: 'x', asked_at: 2, closed_at: null } });
  await settle();
  backend.answers.putRequestAside = () => Promise.reject(new BackendError('request_gone', ''));
  await click('Not now: the request of Bo');
  expect(document.body.textContent).toContain('Somebody else has taken this request up already.');
});

test('templates show what they are, go back, and the brand is refused where it is wrong', async () => {
  const backend = await start((backend) => {
    backend.kept = [
      template(1, { version: '0.2.0', shipped: false, added_by: 'Anna Berger', seen: false }),
      template(2, { current: false }),
    ];
  }, '#/templates');
  expect(document.body.textContent).toContain('Anna Berger');
  expect(document.querySelector('tbody')?.textContent).toContain('New');
  expect(backend.asked).toContain('templatesSeen');
  await click('Use again: Linux 0.1.0');
  expect(backend.asked).toContain(`useTemplate ${id(202)}`);
  expect(document.body.textContent).toContain('Linux 0.1.0 is in use now.');
  await fill('Colour', 'red');
  await click('Save branding');
  expect(document.body.textContent).toContain('Six digits after #');
  expect(backend.asked.some((asked) => asked.startsWith('setBrand'))).toBe(false);
  await fill('Colour', '#7a1f5c');
  await click('Save branding');
  expect(backend.shown.colour).toBe('#7a1f5c');
  expect(document.body.textContent).toContain('Saved.');
});
