// @vitest-environment happy-dom
/** Quick actions: only what is granted is offered, and what becomes of it is said. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { FakeBackend, id } from '../dev/fake';
import ProgramsPanel from '../src/features/session/ProgramsPanel.svelte';
import QuickMenu from '../src/features/session/QuickMenu.svelte';
import SystemPanel from '../src/features/session/SystemPanel.svelte';
import type { CallState } from '../src/protocol/generated/CallState';
import type { Capability } from '../src/protocol/generated/Capability';
import type { Deed } from '../src/protocol/generated/Deed';
import { Call } from '../src/state/call.svelte';

const SESSION = id(1);
const PROGRAM = { id: { pid: 7, started: 9 }, name: '<b>editor</b>', cpu_percent: 1.5, memory: 4096, own: true };
let app: object | undefined;

beforeAll(() => {
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
});

afterEach(async () => {
  if (app) await unmount(app);
  app = undefined;
  document.body.replaceChildren();
});

function start() {
  const backend = new FakeBackend();
  const deeds: Deed[] = [];
  backend.answers.doDeed = (_, deed) => {
    deeds.push(deed);
    return Promise.resolve();
  };
  return { backend, deeds, call: new Call(backend, () => Promise.resolve(['av1']), SESSION) };
}

function live(granted: Capability[]): Extract<CallState, { state: 'live' }> {
  return {
    state: 'live',
    granted,
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
}

async function settle() {
  await new Promise((done) => setTimeout(done));
  flushSync();
}

function button(name: string): HTMLButtonElement {
  const all = [...document.querySelectorAll('button')];
  const found = all.find((one) => (one.getAttribute('aria-label') ?? one.textContent.trim()) === name);
  if (!found) throw new Error(`no ${name} in ${all.map((one) => one.textContent).join()}`);
  return found;
}

test('only what is granted is offered, and the answer is said', async () => {
  const { deeds, call } = start();
  const props = { call, live: live(['view', 'lock']), onprograms: () => undefined, onsystem: () => undefined };
  app = mount(QuickMenu, { target: document.body, props });
  flushSync();
  button('Quick actions: Quick actions').click();
  flushSync();
  expect(() => button('Restart and reconnect …')).toThrow();
  button('Lock the computer').click();
  await settle();
  expect(deeds).toEqual([{ kind: 'lock' }]);
  call.machine.tell({ news: 'did', deed: { kind: 'lock' }, outcome: 'denied' });
  flushSync();
  expect(document.querySelector('[role=status]')?.textContent).toContain('Lock: the customer did not say yes.');
  button('Dismiss').click();
  flushSync();
  expect(document.querySelector('[role=status]')?.textContent.trim()).toBe('');
});

test('without any of them there is no menu', () => {
  const { call } = start();
  const props = { call, live: live(['view', 'control']), onprograms: () => undefined, onsystem: () => undefined };
  app = mount(QuickMenu, { target: document.body, props });
  flushSync();
  expect(document.querySelector('button')).toBeNull();
});

test('a program is found by its name, which is text and nothing else, and ended by its number and start', async () => {
  const { backend, deeds, call } = start();
  app = mount(ProgramsPanel, { target: document.body, props: { call, onclose: () => undefined } });
  await settle();
  expect(backend.asked).toContain(`listPrograms ${SESSION}`);
  const other = { ...PROGRAM, id: { pid: 1, started: 1 }, name: 'init', own: false };
  call.machine.tell({ news: 'programs', programs: [PROGRAM, other], more: 2 });
  flushSync();
  expect(document.querySelector('td b')).toBeNull();
  expect(document.body.textContent).toContain('and 2 more');
  expect(() => button('End init')).toThrow();
  button('End <b>editor</b> at once').click();
  await settle();
  const deed: Deed = { kind: 'end_program', program: PROGRAM.id, ending: 'forced' };
  expect(deeds).toEqual([deed]);
  call.machine.tell({ news: 'did', deed, outcome: 'not_found' });
  flushSync();
  expect(document.body.textContent).toContain('it does not run any more');
});

test('the facts of the computer are asked for and shown', async () => {
  const { backend, call } = start();
  app = mount(SystemPanel, { target: document.body, props: { call, onclose: () => undefined } });
  await settle();
  expect(backend.asked).toContain(`systemFacts ${SESSION}`);
  const facts = {
    system: 'Debian 12',
    kernel: '6.1',
    host: 'desk-7',
    processor: 'Example',
    processors: 2,
    memory: 8e9,
    memory_free: 4e9,
    up_seconds: 7200,
    disks: [{ place: '/home', size: 9e9, free: 4e9 }],
  };
  call.machine.tell({ news: 'system', facts });
  flushSync();
  for (const text of ['Debian 12', 'Example (2)', '/home']) expect(document.body.textContent).toContain(text);
});
