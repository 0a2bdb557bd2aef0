// @vitest-environment happy-dom
/** The screens as a person meets them: found by role and name, used by clicks and keys. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { FakeBackend, boot, device, id, session, EARLY } from '../dev/fake';
import App from '../src/app/App.svelte';
import { parts } from '../src/app/parts';
import { BackendError } from '../src/backend/backend';
import type { CallState } from '../src/protocol/generated/CallState';
import type { ClipboardNotice } from '../src/protocol/generated/ClipboardNotice';
import type { ClipboardWay } from '../src/protocol/generated/ClipboardWay';
import type { FilesStep } from '../src/protocol/generated/FilesStep';
import { Desk } from '../src/state/desk.svelte';
import { router } from '../src/state/route.svelte';
import { giveCanvas, giveSizes, settle } from './page';

const LIVE: Extract<CallState, { state: 'live' }> = {
  state: 'live',
  granted: ['view', 'control'],
  held: [],
  stopped: null,
  asking: [],
  may_return: false,
  declined: null,
  monitors: [],
  shown: [0],
  codec: 'av1',
  path: 'direct',
  trouble: null,
  attention: 0,
};
const waiting = { status: 'waiting', helper_online: true, waiting_at: EARLY } as const;

let app: object | undefined;

// What is fetched when it is wanted is there at once.
beforeAll(() => Promise.all(Object.values(parts).map((part) => part.want())));

beforeEach(() => {
  giveSizes(1_000);
  giveCanvas();
});

afterEach(async () => {
  if (app) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function start(prepare: (backend: FakeBackend) => void = () => undefined, hash = '#/'): Promise<FakeBackend> {
  const backend = new FakeBackend();
  prepare(backend);
  location.hash = hash;
  router.start();
  const desk = new Desk(backend, () => Promise.resolve(['av1']));
  app = mount(App, { target: document.body, props: { desk } });
  await desk.start();
  await settle();
  return backend;
}

const ROLES: Record<string, string> = {
  button: 'button:not([role])',
  textbox: 'input, textarea',
  switch: '[role=switch]',
  alert: '[role=alert]',
  dialog: 'dialog[open]',
  'dialog-panel': '[role=dialog]',
  region: 'section[aria-label]',
  row: 'li, tbody tr, [data-row]',
  log: '[role=log]',
  heading: 'h1, h2',
};

function nameOf(element: Element): string {
  const labels =
    element instanceof HTMLInputElement ? [...(element.labels ?? [])].map((label) => label.textContent) : [];
  const name = element.getAttribute('aria-label') ?? (labels.length > 0 ? labels.join(' ') : element.textContent);
  return name.replace(/\s+/g, ' ').trim();
}

function all(role: string, name = ''): HTMLElement[] {
  const found = [...document.querySelectorAll<HTMLElement>(ROLES[role] ?? role)];
  const exact = found.filter((element) => nameOf(element) === name);
  return exact.length > 0 ? exact : found.filter((element) => nameOf(element).includes(name));
}

function find(role: string, name = ''): HTMLElement {
  const [element] = all(role, name);
  if (!element) throw new Error(`no ${role} "${name}" in: ${document.body.textContent}`);
  return element;
}

async function click(role: string, name: string): Promise<void> {
  find(role, name).click();
  await settle();
}

async function fill(name: string, text: string): Promise<void> {
  const field = find('textbox', name) as HTMLInputElement;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}

test('the first start says beside each field what is missing, then goes on', async () => {
  const backend = await start((shell) => (shell.first = boot({ technician: null })));
  await click('button', 'Start');
  expect(all('alert').map((alert) => alert.textContent)).toEqual([
    'Enter your name.',
    'Enter the name of your company.',
  ]);
  expect(backend.asked.some((asked) => asked.startsWith('setUp'))).toBe(false);
  await fill('Your name', ' Anna Berger ');
  await fill('Company', 'Berger IT');
  await click('button', 'Start');
  expect(backend.asked).toContain('setUp Anna Berger Berger IT');
  expect(find('button', 'New session')).toBeDefined();
});

test('a new session gives the code, what to type, a link and a package', async () => {
  const backend = await start();
  await click('button', 'New session');
  await click('button', 'Create code');
  expect(find('alert').textContent).toBe('Enter the name of the customer.');
  await fill('Customer', 'Weber');
  await fill('Machine', 'Office PC 3');
  await click('textbox', 'Full service');
  await click('button', 'Create code');
  expect(backend.asked).toContain('createSession Weber Office PC 3 full_service');
  expect(find('dialog').textContent).toContain('K7MP-4QXD');
  expect(find('dialog').textContent).toContain('127.0.0.1:47000 K7MP-4QXD');
  await click('button', 'Save package');
  expect(find('dialog').textContent).toContain('/home/anna/Downloads/Support for Weber.zip');
  await click('button', 'Show in folder');
  expect(backend.asked).toContain('showInFolder /home/anna/Downloads/Support for Weber.zip');
  await click('button', 'Done');
  expect(all('dialog')).toEqual([]);
  expect(find('row', 'Weber, Office PC 3')).toBeDefined();
});

test('while only this computer can call, the new session says so, and its switch gives a new address', async () => {
  await start();
  await click('button', 'New session');
  await fill('Customer', 'Weber');
  await click('button', 'Create code');
  expect(find('dialog').textContent).toContain('Nobody outside this computer can call yet');
  find('dialog').querySelector<HTMLElement>('[role=switch]')?.click();
  await settle();
  expect(find('dialog').textContent).not.toContain('Nobody outside');
  expect(find('dialog').textContent).toContain('192.168.178.20:47443 K7MP-4QXD');
});

test('an error stays beside what caused it and says what to do', async () => {
  await start((shell) => {
    shell.answers.createSession = () => Promise.reject(new BackendError('relay_away', 'socket closed'));
  });
  await click('button', 'New session');
  await fill('Customer', 'Weber');
  await click('button', 'Create code');
  expect(find('alert', 'is not connected').textContent).toContain('Wait until it is back, then try again.');
  expect(document.body.textContent).not.toContain('socket closed');
});

test('whoever waits can be connected to; the session opens and shows how the asking goes', async () => {
  const backend = await start((shell) => (shell.records = [session(1, { customer: 'Weber', ...waiting })]));
  await click('button', 'Connect');
  expect(backend.asked).toContain(`connect ${id(1)} av1`);
  backend.tell({ kind: 'call', session: id(1), call: { state: 'asking', words: ['orbit', 'maple', 'velvet'] } });
  await settle();
  expect(document.body.textContent).toContain('Asking Weber');
  for (const word of ['orbit', 'maple', 'velvet']) expect(document.body.textContent).toContain(word);
  backend.tell({ kind: 'call', session: id(1), call: { state: 'declined', reason: 'denied' } });
  await settle();
  await click('button', 'Ask again');
  expect(backend.asked.filter((asked) => asked.startsWith('connect'))).toHaveLength(2);
});

test('the picture is watched once, however often the record changes, and no longer when the call is over', async () => {
  const backend = await start(
    (shell) => {
      shell.records = [session(1, { ...waiting, status: 'live' })];
      shell.calls.set(id(1), LIVE);
    },
    `#/session/${id(1)}`,
  );
  for (let n = 0; n < 3; n += 1) {
    backend.tell({ kind: 'session', session: session(1, { ...waiting, status: 'live', last_active_at: EARLY + n }) });
    backend.tell({ kind: 'call', session: id(1), call: { ...LIVE } });
    await settle();
  }
  expect(backend.asked.filter((asked) => asked.startsWith('watch'))).toHaveLength(1);
  backend.tell({ kind: 'call', session: id(1), call: { state: 'over', reason: 'customer_ended' } });
  await settle();
  expect(backend.asked.at(-1)).toBe(`unwatch ${id(1)}`);
  expect(document.body.textContent).toContain('Ended by the customer');
  expect(all('button', 'End session')).toEqual([]);
});

test('keys go to the customer while the picture has the focus, and everything is let go when it loses it', async () => {
  const backend = await start(
    (shell) => {
      shell.records = [session(1, { ...waiting, status: 'live' })];
      shell.calls.set(id(1), LIVE);
    },
    `#/session/${id(1)}`,
  );
  const keys = find('textbox', 'Keyboard for');
  keys.focus();
  await settle();
  expect(document.body.textContent).toContain('Keyboard and mouse go to');
  const event = new KeyboardEvent('keydown', { code: 'KeyA', key: 'a', cancelable: true, bubbles: true });
  keys.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  keys.blur();
  await settle();
  expect(backend.inputs.map(({ message }) => message[0])).toEqual([0x01, 0x07]);
  expect(document.body.textContent).toContain('Click the picture to type there.');
});

test('without the grant of control no key goes anywhere', async () => {
  const backend = await start(
    (shell) => {
      shell.records = [session(1, { ...waiting, status: 'live' })];
      shell.calls.set(id(1), { ...LIVE, granted: ['view'] });
    },
    `#/session/${id(1)}`,
  );
  const keys = find('textbox', 'Keyboard for') as HTMLTextAreaElement;
  expect(keys.disabled).toBe(true);
  keys.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyA', key: 'a', bubbles: true }));
  await settle();
  expect(backend.inputs).toEqual([]);
  expect(document.body.textContent).toContain('lets you see the screen, but not control it');
});

test('what a customer writes or is called is text and nothing else', async () => {
  const hostile = '<img src=x onerror=alert(1)><b>bold</b>';
  const backend = await start(
    (shell) => {
      shell.records = [
        session(1, {
          ...waiting,
          customer: hostile,
          host: hostile,
          tags: [hostile.slice(0, 40)],
          notes: hostile,
          created_at: Date.now(),
        }),
      ];
      shell.known = [device(1, { host: hostile, os: hostile, customer: hostile, address: hostile, notes: hostile })];
      const row = { seq: 1, at: EARLY, actor: `device:${id(601)}`, action: hostile, target: hostile, summary: hostile };
      shell.log = [{ row, actor_name: hostile, target_name: hostile }];
      shell.stored = [{ id: id(3), session: id(1), seq: 1, author: 'customer', text: hostile, sent_at: EARLY }];
    },
    `#/session/${id(1)}`,
  );
  await click('button', 'Chat');
  expect(find('log').textContent).toContain(hostile);
  for (const screen of ['sessions', 'devices', 'dashboard', 'statistics', 'audit'] as const) {
    router.go({ screen });
    dispatchEvent(new Event('hashchange'));
    await settle();
    expect(document.body.textContent).toContain(hostile);
    expect(document.querySelectorAll('b, img[src="x"]')).toHaveLength(0);
  }
  expect(backend.asked.some((asked) => asked.startsWith('connect'))).toBe(false);
});

test('Enter sends a chat message, Shift and Enter does not', async () => {
  const backend = await start((shell) => (shell.records = [session(1, waiting)]), `#/session/${id(1)}`);
  await click('button', 'Chat');
  await fill('Message', 'Good morning');
  const field = find('textbox', 'Message');
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', shiftKey: true, bubbles: true, cancelable: true }));
  await settle();
  expect(backend.stored).toEqual([]);
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  await settle();
  expect(backend.stored.map(({ text }) => text)).toEqual(['Good morning']);
  expect(find('log').textContent).toContain('Good morning');
});

test('ticks with names show how far a message has got; what stands in a window behind another is not read', async () => {
  const front = vi.spyOn(document, 'hasFocus').mockReturnValue(false);
  const backend = await start((shell) => (shell.records = [session(1, waiting)]), `#/session/${id(1)}`);
  const said = vi.spyOn(backend, 'markChat');
  await click('button', 'Chat');
  await fill('Message', 'Good morning');
  await click('button', 'Send');
  const tick = () => find('log').querySelector('[role="img"]');
  for (const [marks, name] of [
    [{ delivered: 0, read: 0 }, 'Sent'],
    [{ delivered: 1, read: 0 }, 'Delivered'],
    [{ delivered: 1, read: 1 }, 'Read'],
  ] as const) {
    backend.tell({ kind: 'chat_marks', session: id(1), marks });
    await settle();
    expect([tick()?.getAttribute('aria-label'), tick()?.getAttribute('title')]).toEqual([name, name]);
    expect(tick()?.querySelectorAll('path')).toHaveLength(name === 'Sent' ? 1 : 2);
  }
  const answer = { id: id(4), session: id(1), seq: 2, author: 'customer', text: 'Hello', sent_at: EARLY } as const;
  backend.tell({ kind: 'chat', message: answer });
  await settle();
  expect(said).toHaveBeenLastCalledWith(id(1), { delivered: 2, read: 0 });
  front.mockReturnValue(true);
  dispatchEvent(new Event('focus'));
  await settle();
  expect(said).toHaveBeenLastCalledWith(id(1), { delivered: 2, read: 2 });
  front.mockRestore();
});

test('a lost relay and a key in a file are said on every screen; the warning can be put away', async () => {
  const backend = await start((shell) => {
    shell.first = boot({ warnings: [{ kind: 'key_in_file', path: '/data/identity.key' }] });
  });
  expect(document.body.textContent).toContain('/data/identity.key');
  await click('button', 'Dismiss');
  expect(document.body.textContent).not.toContain('/data/identity.key');
  vi.useFakeTimers();
  backend.tell({ kind: 'relay', status: { ...backend.first.relay, connected: false } });
  flushSync();
  expect(document.body.textContent).toContain('Not connected');
  vi.advanceTimersByTime(2_000);
  flushSync();
  vi.useRealTimers();
  expect(document.body.textContent).toContain('No connection to the relay.');
});

test('empty lists say what to do', async () => {
  await start();
  expect(document.body.textContent).toContain('Start a new session and give the code to your customer.');
  for (const [screen, text] of [
    ['sessions', 'No sessions yet'],
    ['devices', 'No devices yet'],
  ] as const) {
    router.go({ screen });
    dispatchEvent(new Event('hashchange'));
    await settle();
    expect(find('heading', text)).toBeDefined();
  }
});

test('leaving a session and coming back never ends with the pictures stopped, however slow the shell is', async () => {
  const order: string[] = [];
  const slowly = (what: string, delay: number) => () =>
    new Promise<void>((done) =>
      setTimeout(() => {
        order.push(what);
        done();
      }, delay),
    );
  await start(
    (shell) => {
      shell.records = [session(1, { ...waiting, status: 'live' })];
      shell.calls.set(id(1), LIVE);
      shell.answers.watch = slowly('watch', 0);
      shell.answers.unwatch = slowly('unwatch', 20);
    },
    `#/session/${id(1)}`,
  );
  for (const screen of ['dashboard', 'session'] as const) {
    router.go(screen === 'session' ? { screen, id: id(1) } : { screen });
    dispatchEvent(new Event('hashchange'));
    await settle();
  }
  await new Promise((done) => setTimeout(done, 120));
  // The small picture has its turn in between.
  expect(order).toEqual(['watch', 'unwatch', 'watch', 'unwatch', 'watch']);
});

async function inSession(call: CallState = LIVE): Promise<FakeBackend> {
  return start(
    (shell) => {
      shell.records = [session(1, { ...waiting, status: 'live', customer: 'Weber' })];
      shell.calls.set(id(1), call);
    },
    `#/session/${id(1)}`,
  );
}

test('how the picture should be is chosen beside it, and said again to a new connection', async () => {
  const backend = await inSession();
  await click('button', 'Picture: Automatic');
  const prefers = () => backend.asked.filter((asked) => asked.startsWith('prefer'));
  const radio = find('dialog-panel', 'Picture').querySelector<HTMLInputElement>('[value=sharp_text]');
  radio?.click();
  await settle();
  expect(prefers()).toEqual([`prefer ${id(1)} sharp_text null null null`]);
  const rate = find('dialog-panel').querySelector('select');
  if (rate) rate.value = '15';
  rate?.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  expect(prefers().at(-1)).toBe(`prefer ${id(1)} sharp_text 15 null null`);
  expect(find('button', 'Picture: Sharp text *')).toBeDefined();
  backend.tell({ kind: 'call', session: id(1), call: { state: 'reconnecting' } });
  backend.tell({ kind: 'call', session: id(1), call: LIVE });
  await settle();
  expect(prefers()).toHaveLength(3);
  expect(prefers().at(-1)).toBe(prefers()[1]);
});

test('the panel of choices closes with Escape and gives the focus back', async () => {
  await inSession();
  await click('button', 'Picture: Automatic');
  const panel = find('dialog-panel', 'Picture');
  panel.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  await settle();
  expect(all('dialog-panel')).toEqual([]);
  expect(nameOf(document.activeElement ?? document.body)).toContain('Picture: Automatic');
});

test('the figures open by button and by keys, even while the keyboard is the customer’s', async () => {
  const backend = await inSession();
  await click('button', 'Figures');
  expect(find('region', 'Figures').textContent).toContain('From their screen to yours');
  await click('button', 'Figures');
  expect(all('region', 'Figures')).toEqual([]);
  const keys = find('textbox', 'Keyboard for');
  keys.focus();
  const held = { ctrlKey: true, altKey: true, shiftKey: true, bubbles: true, cancelable: true };
  keys.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyS', key: 'S', ...held }));
  await settle();
  expect(all('region', 'Figures')).toHaveLength(1);
  expect(backend.inputs).toEqual([]);
  expect(document.activeElement).toBe(keys);
});

test('copied files wait for a click, show how far they are, and name the grant that is missing', async () => {
  const granted = ['view', 'control', 'clipboard-in', 'clipboard-out', 'files-in'] as const;
  const backend = await inSession({ ...LIVE, granted: [...granted] });
  const tell = async (notice: ClipboardNotice) => {
    backend.tell({ kind: 'clipboard', session: id(1), notice });
    await settle();
  };
  const files = (way: ClipboardWay, step: FilesStep) => tell({ notice: 'files', way, files: step });
  const shown = () => document.querySelector('p.shown')?.textContent ?? '';
  await files('from_customer', { step: 'copied', count: 3, size: 4_096 });
  expect(shown()).toBe('');
  await click('button', 'Get 3 copied files');
  expect(backend.asked).toContain(`fetchCopied ${id(1)}`);
  await files('from_customer', { step: 'not_allowed' });
  expect(shown()).toContain('The customer has not allowed: Files from the customer.');
  await files('from_customer', { step: 'not_carried', why: 'too_big', count: 3, size: 5_000_000_000 });
  expect(shown()).toContain('at most 2 GB');

  // On their way they are watched, whatever else is copied meanwhile, and can be called off.
  await files('to_customer', { step: 'moving', job: 7, count: 2 });
  await tell({ notice: 'moved', way: 'from_customer', content: 'text', size: 3 });
  expect(shown()).toContain('2 copied files are being sent.');
  await click('button', 'Cancel');
  expect(backend.files.asked).toContain('job 7 cancel');
  await files('to_customer', { step: 'ready', count: 2 });
  expect(shown()).toContain('2 files are in the customer’s clipboard.');

  await files('from_customer', { step: 'gone' });
  expect(all('button', 'Get 3 copied files')).toHaveLength(0);
});

test('in a call the technician asks for more, and sees what was granted, held back and refused', async () => {
  const backend = await inSession({ ...LIVE, granted: ['view'], held: ['control'] });
  await click('button', 'What you may do: Permissions');
  const panel = find('dialog-panel', '');
  expect(panel.textContent).toContain('granted');
  await click('button', 'Ask for: Mouse and keyboard');
  expect(backend.asked).toContain(`want ${id(1)} control`);
  await click('button', 'Help');
  expect(backend.asked).toContain(`want ${id(1)} view,control,point,clipboard-in,clipboard-out`);
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, granted: ['view'], asking: ['control'] } });
  await settle();
  expect(document.body.textContent).toContain('The customer is being asked');
  expect(all('button', 'Ask for: Mouse and keyboard')).toHaveLength(0);
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, granted: ['view'], declined: 'denied' } });
  await settle();
  expect(document.body.textContent).toContain('The customer said no');
});

test('who may come back without asking can leave', async () => {
  const backend = await inSession();
  expect(all('button', 'Leave').filter((button) => button.textContent?.trim() === 'Leave')).toHaveLength(0);
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, may_return: true } });
  await settle();
  await click('button', 'Leave');
  expect(backend.asked).toContain(`leave ${id(1)}`);
});

test('while the customer’s bar is covered the keyboard does not go out', async () => {
  const backend = await inSession();
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, stopped: 'bar_hidden' } });
  await settle();
  expect((document.querySelector('textarea.keys') as HTMLTextAreaElement).disabled).toBe(true);
  expect(document.body.textContent).toContain('bar is covered');
});

test('while paused, and without the permission to see, words stand where the picture was', async () => {
  const backend = await inSession();
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, stopped: 'paused' } });
  await settle();
  expect(document.body.textContent).toContain('Paused by the customer');
  backend.tell({ kind: 'call', session: id(1), call: { ...LIVE, granted: ['control'] } });
  await settle();
  expect(document.body.textContent).toContain('The screen is no longer shared');
  // Coming back, a picture is asked for.
  backend.tell({ kind: 'call', session: id(1), call: LIVE });
  await settle();
  expect(backend.asked).toContain(`needKeyFrame ${id(1)} 0`);
});

const DESK: CallState = {
  ...LIVE,
  granted: ['view', 'control', 'point'],
  monitors: [
    {
      index: 3,
      name: 'DP-1',
      x: 0,
      y: 0,
      width: 1280,
      height: 800,
      primary: true,
      scale_percent: 100,
      rotation: 'upright',
    },
    {
      index: 1,
      name: 'DP-2',
      x: -900,
      y: 0,
      width: 900,
      height: 1600,
      primary: false,
      scale_percent: 100,
      rotation: 'left',
    },
    {
      index: 255,
      name: '',
      x: -900,
      y: 0,
      width: 2180,
      height: 1600,
      primary: false,
      scale_percent: 100,
      rotation: 'upright',
    },
  ],
  shown: [3],
};

test('monitors are chosen one, side by side or all in one, and stand as on the customer’s desk', async () => {
  const backend = await inSession(DESK);
  const shows = () => backend.asked.filter((asked) => asked.startsWith('showMonitors'));
  const choose = async (name: string) => {
    await click('button', 'Monitors');
    const label = [...find('dialog-panel', 'Monitors').querySelectorAll('label')].find((one) =>
      one.textContent.includes(name),
    );
    label?.querySelector('input')?.click();
    await settle();
    document.querySelector('.panel')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
    await settle();
  };
  await choose('1: DP-2');
  await choose('Side by side');
  await choose('All in one');
  expect(shows()).toEqual([
    `showMonitors ${id(1)} 1 1`,
    `showMonitors ${id(1)} 1,3 1`,
    `showMonitors ${id(1)} 255 255`,
  ]);
  backend.tell({ kind: 'call', session: id(1), call: { ...DESK, shown: [3, 1] } });
  await settle();
  const order = [...document.querySelectorAll<HTMLElement>('[data-monitor]')].map(({ dataset }) => dataset.monitor);
  expect(order).toEqual(['1', '3']);
  const divider = document.querySelector('[role=separator]');
  expect(divider?.getAttribute('aria-valuenow')).toBe('50');
  divider?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));
  await settle();
  expect(divider?.getAttribute('aria-valuenow')).toBe('45');
  // One is unplugged: the other one stays, without a divider.
  backend.tell({ kind: 'call', session: id(1), call: DESK });
  await settle();
  expect(document.querySelectorAll('[data-monitor]')).toHaveLength(1);
  expect(document.querySelector('[role=separator]')).toBeNull();
});

test('pointing and drawing are offered where they are granted, and give the keyboard back', async () => {
  const backend = await inSession(DESK);
  find('textbox', 'Keyboard for').focus();
  await click('button', 'Your mouse: Use');
  find('dialog-panel', 'Your mouse').querySelector<HTMLInputElement>('[value=pen]')?.click();
  await settle();
  expect(find('button', 'Your mouse: Pen')).toBeDefined();
  expect(document.activeElement).not.toBe(find('textbox', 'Keyboard for'));
  await click('button', 'Clear drawings');
  expect(backend.inputs.length).toBeGreaterThan(0);
  backend.tell({ kind: 'call', session: id(1), call: { ...DESK, granted: ['view', 'control'] } });
  await settle();
  expect(all('button', 'Your mouse')).toEqual([]);
});

test('the connection test is reached from the relay and tells its findings', async () => {
  const backend = await start();
  document.querySelector<HTMLAnchorElement>('a.test')?.click();
  location.hash = '#/selftest';
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settle();
  expect(backend.asked).toContain('selfTest');
  expect(find('heading', 'Connection test')).toBeDefined();
  const said = [...document.querySelectorAll('dl > div')].map((line) => line.querySelector('dt')?.textContent);
  expect(said).toHaveLength(7);
  expect(find('region', 'Link for somebody outside').textContent).toContain('/reach/MZXW6YTBOI');
  await click('button', 'Test again');
  expect(backend.asked.filter((asked) => asked === 'selfTest')).toHaveLength(2);
});

test('several calls have a tab each; one alone leaves the room to its picture', async () => {
  const backend = await start(
    (shell) => {
      shell.records = [1, 2, 3].map((n) =>
        session(n, { customer: `Customer ${n}`, status: 'live', started_at: EARLY }),
      );
      shell.calls.set(id(1), LIVE);
    },
    `#/session/${id(1)}`,
  );
  const tabs = () =>
    [...document.querySelectorAll<HTMLElement>('nav[aria-label="Calls under way"] a[href*=session]')].map((tab) =>
      nameOf(tab),
    );
  expect(tabs()).toEqual([]);
  backend.calls.set(id(2), { ...LIVE, stopped: 'paused' });
  backend.tell({ kind: 'call', session: id(2), call: { ...LIVE, stopped: 'paused' } });
  backend.tell({ kind: 'call', session: id(3), call: { state: 'asking', words: ['orbit', 'maple', 'velvet'] } });
  await settle();
  expect(tabs()).toEqual(['Connected Customer 1', 'Paused Customer 2', 'Beginning Customer 3']);
  expect(document.querySelector('[aria-current=page]')?.textContent).toContain('Customer 1');

  location.hash = `#/session/${id(2)}`;
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settle();
  expect(document.querySelector('nav [aria-current=page]')?.textContent).toContain('Customer 2');
  expect(backend.asked).toContain(`watch ${id(2)} listener`);

  backend.tell({ kind: 'call', session: id(2), call: { state: 'over', reason: 'customer_ended' } });
  backend.tell({ kind: 'call', session: id(3), call: { state: 'declined', reason: 'denied' } });
  location.hash = '#/';
  dispatchEvent(new HashChangeEvent('hashchange'));
  await settle();
  expect(tabs()).toEqual(['Connected Customer 1']);
});

test('a page that is loaded anew finds the calls that go on', async () => {
  await start((shell) => {
    shell.records = [session(1, { customer: 'Weber', status: 'live', started_at: EARLY }), session(2, waiting)];
    shell.calls.set(id(1), LIVE);
  });
  expect(document.querySelector('nav[aria-label="Calls under way"]')?.textContent).toContain('Weber');
});
