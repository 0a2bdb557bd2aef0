// Takes a picture of every screen in every language into `shots/`, with Debian's chromium, and says where words are cut
// off or lie over each other: `npm run dev` in another terminal, then
// `node dev/shots.mjs [name]` (older Node: `node --experimental-websocket …`).
// Speaks the DevTools protocol over a socket of its own, so that no further package is needed.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LANGUAGES = ['en', 'de', 'fr', 'es', 'pt', 'pl', 'tr', 'ar'];
const GUARD = `document.querySelectorAll('.answers button')`;
const SCREENS = {
  field: [],
  hint: [],
  mac: [],
  archive: [],
  'wrong-relay': [],
  'bad-code': [],
  calling: [],
  waiting: [],
  known: [],
  guard: [],
  'guard-stop': [`${GUARD}[1].click()`],
  first: [`${GUARD}[0].click()`],
  browser: [],
  more: [],
  hands: [],
  restart: [],
  program: [],
  connecting: [],
  live: [],
  paused: [],
  covered: [],
  away: [],
  ended: [],
  reported: [],
};
/** Width, height, size of the text in percent, and what the system asks for. */
const LOOKS = {
  '': [520, 720, 100, {}],
  '-large': [520, 720, 150, {}],
  '-narrow': [360, 480, 150, {}],
  '-dark': [520, 720, 100, { 'prefers-color-scheme': 'dark' }],
  '-contrast': [520, 720, 100, { 'prefers-contrast': 'more' }],
  '-forced': [520, 720, 100, { 'forced-colors': 'active' }],
};
/** The other looks are the same in all languages: one from each side shows them. */
const EVERYWHERE = ['', '-large', '-narrow'];
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
  waiting.get(message.id)?.(message.result ?? message.error);
};
const send = (method, params = {}) => {
  const id = ++count;
  socket.send(JSON.stringify({ id, method, params }));
  return new Promise((done) => waiting.set(id, done));
};
const run = async (expression) =>
  (await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })).result?.value;
await send('Runtime.enable');
await send('Page.enable');
await send('Emulation.setFocusEmulationEnabled', { enabled: true });

/** What is wider than its place, or cut off in height. Names of others are cut on purpose. */
const CUT = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.visually-hidden, svg, option') || !e.getClientRects().length) continue;
    const name = e.tagName.toLowerCase() + '.' + e.className + ' ' + (e.textContent ?? '').trim().slice(0, 40);
    const box = e.getBoundingClientRect();
    if (box.left < -1 || box.right > innerWidth + 1) bad.push('beside the window: ' + name);
    const style = getComputedStyle(e);
    if (style.overflowX !== 'visible' && e.tagName !== 'INPUT' && e.scrollWidth > e.clientWidth + 1) bad.push('too wide: ' + name);
    if (style.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 1 && !e.closest('.who')) bad.push('too high: ' + name);
    if (e.tagName === 'BUTTON' && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) bad.push('button: ' + name);
  }
  const parts = [...document.querySelectorAll('main > *, .question > *, .content > *')].filter((part) => part.getClientRects().length);
  for (const part of parts)
    for (const next of parts) {
      if (part.parentElement !== next.parentElement || part.nextElementSibling !== next) continue;
      if (part.getBoundingClientRect().bottom > next.getBoundingClientRect().top + 1)
        bad.push('over each other: ' + part.className + ' / ' + next.className);
    }
  return bad;
})()`;

for (const [suffix, [width, height, size, media]] of Object.entries(LOOKS)) {
  await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  const features = Object.entries({ 'prefers-color-scheme': 'light', ...media }).map(([name, value]) => ({
    name,
    value,
  }));
  await send('Emulation.setEmulatedMedia', { features });
  for (const language of EVERYWHERE.includes(suffix) ? LANGUAGES : ['de', 'ar']) {
    await send('Emulation.setUserAgentOverride', { userAgent: 'Deskhand screens', acceptLanguage: language });
    for (const [name, steps] of Object.entries(SCREENS)) {
      const file = `${language}-${name}${suffix}`;
      if (only && !file.match(only)) continue;
      const screen = name.startsWith('guard') ? 'first' : name;
      await send('Page.navigate', { url: `http://localhost:${PORT}/dev/index.html?screen=${screen}&n=${count}` });
      for (let tries = 0; tries < 100 && !(await run(`!!document.querySelector('main select')`)); tries += 1)
        await pause(30);
      await run(
        `(() => { const size = document.querySelectorAll('main select')[1]; size.value = ${size}; size.dispatchEvent(new Event('change', { bubbles: true })); })()`,
      );
      for (const step of steps) await run(step);
      await run('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      for (const cut of (await run(CUT)) ?? []) console.log(`${file}: ${cut}`);
      const { data } = await send('Page.captureScreenshot', { format: 'png' });
      writeFileSync(`shots/${file}.png`, Buffer.from(data, 'base64'));
    }
  }
}
socket.close();
browser.kill();
