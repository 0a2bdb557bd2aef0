/**
 * Debian's chromium with the page in it, over the DevTools protocol, so that no further package is needed. The page is
 * built with its scripted shell and served with the content security policy of the desktop program.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, preview } from 'vite';
import { STEPS } from './views.mjs';

const UI = resolve(import.meta.dirname, '..');
/** How long a screen may take to come, in milliseconds. */
const PATIENCE = 60_000;

/** The policy the page has in the desktop program. */
function policy() {
  const { csp } = JSON.parse(readFileSync(join(UI, '../src-tauri/tauri.conf.json'), 'utf8')).app.security;
  return Object.entries(csp)
    .map(([directive, sources]) => `${directive} ${sources}`)
    .join('; ');
}

/** Builds and serves the page; `close` ends it. */
async function serve() {
  const outDir = mkdtempSync(join(tmpdir(), 'deskhand-page-'));
  await build({
    root: UI,
    mode: 'screens',
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: true,
      reportCompressedSize: false,
      rolldownOptions: { input: join(UI, 'dev/index.html') },
    },
  });
  const server = await preview({
    root: UI,
    configFile: false,
    logLevel: 'error',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0, headers: { 'Content-Security-Policy': policy() } },
  });
  const close = async () => {
    await server.close();
    rmSync(outDir, { recursive: true, force: true });
  };
  return { url: `${server.resolvedUrls.local[0]}dev/index.html`, close };
}

/** Starts a browser; `send` speaks to its page, `complaints` is what the page has complained of since it was emptied. */
export async function open() {
  const server = await serve();
  const profile = mkdtempSync(join(tmpdir(), 'deskhand-browser-'));
  const flags = ['--headless=new', '--no-sandbox', '--remote-debugging-pipe', `--user-data-dir=${profile}`];
  const browser = spawn('chromium', [...flags, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [, , , orders, answers] = browser.stdio;

  let count = 0;
  const waiting = new Map();
  const complaints = [];
  const take = ({ id, method, params, result, error }) => {
    if (method === 'Runtime.exceptionThrown') complaints.push(params.exceptionDetails.exception?.description);
    if (method === 'Log.entryAdded' && params.entry.level === 'error')
      complaints.push(`${params.entry.text} ${params.entry.url ?? ''}`);
    if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type))
      complaints.push(params.args.map((arg) => arg.value ?? arg.description).join(' '));
    waiting.get(id)?.(error ? { error } : result);
    waiting.delete(id);
  };
  // A browser that has gone answers nothing any more.
  const gone = (error) => {
    for (const answer of waiting.values()) answer({ error });
    waiting.clear();
  };
  browser.once('error', () => gone({ message: 'is the package chromium installed?' }));
  browser.once('exit', (code) => gone({ message: `chromium ended with ${code}` }));
  orders.on('error', gone);
  let rest = '';
  answers.setEncoding('utf8').on('data', (text) => {
    const messages = (rest + text).split('\0');
    rest = messages.pop();
    for (const message of messages) take(JSON.parse(message));
  });
  let sessionId;
  const send = (method, params = {}) => {
    const id = ++count;
    orders.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((done) => waiting.set(id, done));
  };
  const { targetInfos, error } = await send('Target.getTargets');
  if (error) throw new Error(error.message);
  const { targetId } = targetInfos.find(({ type }) => type === 'page');
  ({ sessionId } = await send('Target.attachToTarget', { targetId, flatten: true }));

  /** What an expression comes to; throws what it throws. */
  const evaluate = async (expression) => {
    const { result, exceptionDetails, error } = await send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (error) throw new Error(error.message);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  for (const domain of ['Runtime', 'Page', 'Log']) await send(`${domain}.enable`);
  await send('Emulation.setFocusEmulationEnabled', { enabled: true });

  /** Shows a view and does its steps. */
  const show = async ([screen, hash, ...steps]) => {
    await send('Page.navigate', { url: `${server.url}?screen=${screen}&n=${++count}${hash}` });
    const until = Date.now() + PATIENCE;
    while (!(await evaluate('window.words !== undefined').catch(() => false))) {
      if (Date.now() > until) throw new Error(`the screen ${screen} does not come`);
      await new Promise((done) => setTimeout(done, 30));
    }
    await evaluate(`${STEPS}; still()`);
    for (const step of steps) await evaluate(`${step}; still()`);
  };
  /** Size, language and what the system is set to. */
  const dress = async ({ width, height, language = 'en-US,en', media = {} }) => {
    await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    await send('Emulation.setUserAgentOverride', { userAgent: 'Deskhand screens', acceptLanguage: language });
    const features = { 'prefers-color-scheme': 'light', 'prefers-reduced-motion': 'reduce', ...media };
    await send('Emulation.setEmulatedMedia', {
      features: Object.entries(features).map(([name, value]) => ({ name, value })),
    });
  };
  const close = async () => {
    const ended = new Promise((done) => browser.once('exit', done));
    sessionId = undefined;
    void send('Browser.close');
    await ended;
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { send, evaluate, show, dress, complaints, close };
}

/** How the page is looked at. */
export const DRESSES = {
  light: { width: 1280, height: 800 },
  dark: { width: 1280, height: 800, media: { 'prefers-color-scheme': 'dark' } },
  small: { width: 900, height: 600 },
  de: { width: 1000, height: 700, language: 'de-DE,de' },
  contrast: { width: 1280, height: 800, media: { 'prefers-contrast': 'more' } },
  'contrast-dark': { width: 1280, height: 800, media: { 'prefers-contrast': 'more', 'prefers-color-scheme': 'dark' } },
  forced: { width: 1280, height: 800, media: { 'forced-colors': 'active' } },
};
