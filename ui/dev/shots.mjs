// Takes a picture of every screen into `shots/`, with Debian's chromium: `npm run dev` in another terminal, then `node dev/shots.mjs [name]`.
// Speaks the DevTools protocol over a pipe of its own, so that no further package is needed.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHOTS = {
  'first-start': ['first-start', '#/'],
  'first-start-wrong': ['first-start', '#/', `button('Start')`],
  home: ['home', '#/'],
  empty: ['empty', '#/'],
  away: ['away', '#/'],
  'new-session': ['empty', '#/', `button('New session')`],
  invitation: [
    'home',
    '#/',
    `button('New session')`,
    `type('Weber Steuerberatung')`,
    `button('Create code')`,
    `button('Save package')`,
  ],
  'invitation-closed': ['empty', '#/', `button('New session')`, `type('Weber')`, `button('Create code')`],
  'package-form': ['packages', '#/', `button('Generate support package')`],
  'package-ready': [
    'packages',
    '#/',
    `button('Generate support package')`,
    `type('Weber Steuerberatung')`,
    `button('Generate')`,
    `button('Save package')`,
  ],
  requests: ['packages', '#/'],
  templates: ['packages', '#/templates'],
  arrange: ['home', '#/', `button('Arrange')`],
  sessions: ['home', '#/sessions'],
  'sessions-one': ['home', '#/sessions/ID'],
  'sessions-none': ['home', '#/sessions?text=nobody'],
  devices: ['home', '#/devices'],
  selftest: ['selftest', '#/selftest'],
  'selftest-blocked': ['selftest-blocked', '#/selftest'],
  'devices-edit': ['home', '#/devices', `document.querySelectorAll('[role=row] button')[3].click()`],
  'devices-bulk': [
    'home',
    '#/devices',
    `document.querySelectorAll('[role=row] input')[1].click()`,
    `button('Add tag')`,
  ],
  device: ['home', '#/device/00000000-0000-7000-8000-000000000601'],
  'device-timeline': ['home', '#/device/00000000-0000-7000-8000-000000000601/timeline'],
  statistics: ['home', '#/statistics'],
  audit: ['home', '#/audit'],
  'audit-one': ['home', '#/audit', `document.querySelectorAll('[data-row]')[2].click()`],
  commands: ['home', '#/', `document.querySelector('.find').click()`, `type('weber', '.commands input')`],
  keys: ['home', '#/', `dispatchEvent(new KeyboardEvent('keydown', { key: '?' }))`],
  known: ['known', '#/session/ID'],
  asking: ['asking', '#/session/ID'],
  declined: ['declined', '#/session/ID'],
  live: ['live', '#/session/ID'],
  'live-chat': ['live', '#/session/ID', `button('Chat, 2 new')`, `document.querySelector('.keys').focus()`],
  'live-actual': ['live', '#/session/ID', `button('1:1')`],
  'live-quality': ['live', '#/session/ID', `button('Picture: Automatic')`],
  'live-monitors': ['live', '#/session/ID', `button('Monitors: Monitor 1')`],
  'live-tools': ['live', '#/session/ID', `button('Your mouse: Use')`],
  'live-keys': [
    'live',
    '#/session/ID',
    `document.querySelector('[aria-label^="Special keys"], [aria-label^="Sondertasten"]').click()`,
  ],
  'live-type': [
    'live',
    '#/session/ID',
    `document.querySelector('[aria-label^="Special keys"], [aria-label^="Sondertasten"]').click()`,
    `[...document.querySelectorAll('button')].find((b) => /^(Type text|Text tippen)$/.test(b.textContent.trim())).click()`,
  ],
  'live-ask': ['live', '#/session/ID', `button('Ask for more')`],
  'live-figures': ['live', '#/session/ID', `button('Figures')`],
  'live-files': ['live', '#/session/ID', `button('Files')`],
  paused: ['paused', '#/session/ID'],
  revoked: ['revoked', '#/session/ID'],
  reconnecting: ['reconnecting', '#/session/ID'],
  over: ['over', '#/session/ID'],
};
const SIZES = { '': [1280, 800], '-dark': [1280, 800], '-small': [900, 600], '-de': [1000, 700] };
const ID = '00000000-0000-7000-8000-000000000009';
const only = process.argv[2];
const PORT = process.env.PORT ?? 5173;
mkdirSync('shots', { recursive: true });

const profile = mkdtempSync(join(tmpdir(), 'shots-'));
const browser = spawn(
  'chromium',
  ['--headless=new', '--no-sandbox', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
  { stdio: 'ignore' },
);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let port;
while (!port) {
  await pause(100);
  try {
    port = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0];
  } catch {
    // Not started yet.
  }
}
const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
const socket = new WebSocket(target.webSocketDebuggerUrl);
await new Promise((done) => (socket.onopen = done));
let count = 0;
const waiting = new Map();
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.method === 'Runtime.exceptionThrown')
    console.log('exception:', message.params.exceptionDetails.exception?.description);
  if (message.method === 'Runtime.consoleAPICalled')
    console.log('console:', message.params.args.map((arg) => arg.value ?? arg.description).join(' '));
  waiting.get(message.id)?.(message.result ?? message.error);
};
const send = (method, params = {}) => {
  const id = ++count;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise((done) => waiting.set(id, done));
};
await send('Runtime.enable');
await send('Page.enable');
await send('Emulation.setFocusEmulationEnabled', { enabled: true });
await send('Page.navigate', { url: `http://localhost:${PORT}/dev/index.html` });
await pause(3_000);

const HELPERS = `
  var button = (name) => [...document.querySelectorAll('button')].find((b) => (b.getAttribute('aria-label') ?? b.textContent).trim() === name).click();
  var type = (text, where = 'dialog input') => { const field = document.querySelector(where); field.value = text; field.dispatchEvent(new Event('input', { bubbles: true })); };
`;
for (const [suffix, [width, height]] of Object.entries(SIZES)) {
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  await send('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: suffix === '-dark' ? 'dark' : 'light' }],
  });
  const userAgent = 'Deskhand screens';
  await send('Emulation.setUserAgentOverride', {
    userAgent,
    acceptLanguage: suffix === '-de' ? 'de-DE,de' : 'en-US,en',
  });
  for (const [name, [screen, hash, ...steps]] of Object.entries(SHOTS)) {
    if (suffix === '-de' && steps.length > 0) continue; // The steps name buttons in English.
    if (only && !`${name}${suffix}`.match(only)) continue;
    await send('Page.navigate', {
      url: `http://localhost:${PORT}/dev/index.html?screen=${screen}&n=${count}${hash.replace('ID', ID)}`,
    });
    await pause(Number(process.env.PAUSE ?? (/live|reconnecting|paused|revoked/.test(name) ? 2_500 : 900)));
    for (const step of steps) {
      await send('Runtime.evaluate', { expression: HELPERS + step });
      await pause(250);
    }
    const { data } = await send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(`shots/${name}${suffix}.png`, Buffer.from(data, 'base64'));
  }
}
socket.close();
browser.kill();
