/**
 * Shows one screen with a scripted shell, for looking at it: `npm run dev`, then `/dev/index.html?screen=home#/`.
 * For pictures of all of them: `node dev/shots.mjs`.
 */

import '../src/app/base.css';
import { mount } from 'svelte';
import App from '../src/app/App.svelte';
import { exposeMeasure } from '../src/app/measure';
import type { CallState } from '../src/protocol/generated/CallState';
import { Desk } from '../src/state/desk.svelte';
import { look } from '../src/state/look.svelte';
import { router } from '../src/state/route.svelte';
import { sound } from '../src/state/sound.svelte';
import { language, t } from '../src/state/text';
import { decodableCodecs } from '../src/transport/codecs';
import { boot, device, FakeBackend, id, session, template } from './fake';
import { FakeAccounts } from './fake-accounts';

const now = Date.now();
const MINUTE = 60_000;
const backend = new FakeBackend();
const here = { helper_online: true, host: 'OFFICE-3', os: 'Windows 11 Pro 24H2' } as const;
const weber = { customer: 'Weber Steuerberatung', machine: 'Empfang' };

const GRAZ = { country: 'AT', region: 'Steiermark', city: 'Graz' };
const BERN = { country: 'CH', region: null, city: 'Bern' };
const OPEN = [
  session(9, {
    ...weber,
    ...here,
    status: 'waiting',
    created_at: now - 4 * MINUTE,
    waiting_at: now - MINUTE,
    device: id(601),
    location: GRAZ,
    tags: ['vip', 'printer'],
    notes: 'The printer in the back office stops after each page.\nKey under the mat.',
    last_active_at: now - 2_000,
  }),
  session(8, {
    customer: 'Praxis Dr. Schmidt',
    ...here,
    host: 'prx-02',
    status: 'live',
    created_at: now - 30 * MINUTE,
    waiting_at: now - 28 * MINUTE,
    started_at: now - 27 * MINUTE,
    granted: ['view', 'control'],
    viewers: [id(900)],
    location: BERN,
    last_active_at: now - 1_000,
  }),
  session(7, { customer: 'Bäckerei Lang', machine: 'Kasse 1', created_at: now - 12 * MINUTE }),
  session(6, {
    ...here,
    via: 'program' as const,
    helper_online: false,
    customer: 'A very long customer name that somebody typed without thinking of the width of any window at all',
    machine: 'A machine with a long name as well',
    status: 'waiting',
    created_at: now - 50 * MINUTE,
    waiting_at: now - 41 * MINUTE,
    last_active_at: now - 9 * MINUTE,
  }),
];
const DAY = 24 * 60 * MINUTE;
const NAMES = ['Weber Steuerberatung', 'Praxis Dr. Schmidt', 'Bäckerei Lang', 'Hotel Post', 'Autohaus Berger'];
const PAST = Array.from({ length: 320 }, (_, n) => {
  const created = now - (n + 1) * 0.19 * DAY;
  const never = n % 17 === 2;
  const lost = n % 23 === 4;
  const length = ((n * 7.7) % 43) * MINUTE + 25_000;
  return session(5_000 - n, {
    customer: NAMES[(n * 7) % 5] ?? '',
    machine: n % 2 ? null : (['Empfang', 'Kasse 1', 'Büro 2'][n % 3] ?? null),
    host: never ? null : `pc-${(n * 5) % 19}`,
    os: never ? null : n % 4 ? 'Windows 11 Pro 24H2' : 'Debian GNU/Linux 12',
    location: never ? null : n % 3 ? GRAZ : BERN,
    tags: n % 4 === 0 ? ['printer'] : n % 9 === 0 ? ['vip', 'Team A', 'invoice', 'new'] : [],
    status: lost ? 'interrupted' : 'ended',
    created_at: created,
    waiting_at: never ? null : created + MINUTE,
    started_at: never ? null : created + 2 * MINUTE,
    ended_at: created + 2 * MINUTE + length,
    duration_ms: never ? null : length,
    granted: never ? [] : ['view', 'control'],
    end_reason: lost ? 'interrupted' : never ? 'expired' : n % 2 ? 'customer_ended' : 'technician_ended',
    last_active_at: created + 2 * MINUTE + length,
  });
});

const LIVE: CallState = {
  state: 'live',
  granted: ['view', 'point', 'clipboard-in', 'files-in', 'files-out'],
  held: ['control'],
  stopped: null,
  asking: [],
  may_return: false,
  declined: null,
  monitors: [
    {
      index: 0,
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
      name: 'HDMI-1',
      x: 1280,
      y: 0,
      width: 1920,
      height: 1080,
      primary: false,
      scale_percent: 150,
      rotation: 'left',
    },
    {
      index: 255,
      name: '',
      x: 0,
      y: 0,
      width: 3200,
      height: 1080,
      primary: false,
      scale_percent: 100,
      rotation: 'upright',
    },
  ],
  shown: [0],
  codec: 'av1',
  path: 'direct',
  trouble: null,
  attention: 0,
};
const CONTROLS: CallState = {
  ...LIVE,
  granted: [...LIVE.granted, 'control', 'task-manager', 'system-info', 'lock', 'restart'],
  held: [],
};
const words = ['orbit', 'maple', 'velvet'];
const CALLS: Record<string, CallState> = {
  known: { state: 'known', words },
  proving: { state: 'proving' },
  asking: { state: 'asking', words },
  declined: { state: 'declined', reason: 'denied' },
  connecting: { state: 'connecting' },
  reconnecting: LIVE,
  paused: LIVE,
  revoked: LIVE,
  refused: { state: 'refused', reason: 'wrong_code' },
  over: { state: 'over', reason: 'customer_ended' },
  live: LIVE,
  controls: CONTROLS,
  several: LIVE,
};

const screen = new URLSearchParams(location.search).get('screen') ?? 'home';
const served = {
  ...boot().relay,
  place: 'elsewhere' as const,
  address: 'https://help.example.org',
  public_addresses: ['https://help.example.org'],
};
const open = { ...boot().relay, public_addresses: ['192.168.178.20:47443', '10.8.0.2:47443'] };
/** As a browser has it: what only a desktop can do is not there. */
if (screen === 'browser' || screen === 'signed-out' || screen === 'set-up') {
  const accounts = new FakeAccounts(() => boot({ relay: served }));
  accounts.first = screen === 'set-up';
  backend.accounts = accounts;
  backend.can = new Set(['notices']);
  backend.relays = null;
  backend.first = boot({ relay: served, ...(screen !== 'browser' && { technician: null }) });
}
if (screen === 'first-start') backend.first = boot({ technician: null });
if (screen === 'home' || screen === 'selftest') backend.first = boot({ relay: open });
if (screen === 'selftest-blocked')
  backend.found = { ...backend.found, udp: false, by_udp_ms: null, clock_ms: 94_000, proxy: 'http://proxy:3128' };
if (screen === 'packages') {
  backend.first = boot({ relay: open });
  backend.kept = [
    template(1, {
      platform: 'windows_x64',
      version: '0.2.0',
      size: 14_100_000,
      seen: false,
      shipped: false,
      added_by: 'Anna Berger',
    }),
    template(2, { platform: 'windows_x64', size: 13_900_000, current: false }),
    template(3),
  ];
  backend.asking = [
    {
      id: id(701),
      name: 'Jürgen <b>Lang</b>',
      problem: 'Der Drucker druckt nicht mehr.\nSeit gestern.',
      asked_at: now,
      closed_at: null,
    },
    { id: id(702), name: 'Praxis Dr. Schmidt', problem: 'No network.', asked_at: now - 9 * MINUTE, closed_at: null },
  ];
  backend.shown = { name: 'Berger IT', colour: '#7a1f5c', logo: null, welcome: 'Grüß Gott! Wir helfen gern.' };
}
if (screen === 'away')
  backend.first = boot({
    relay: { ...open, connected: false },
    warnings: [{ kind: 'key_in_file', path: '/home/anna/.local/share/deskhand/identity.key' }],
  });
if (screen !== 'empty') {
  backend.records = [...OPEN, ...PAST];
  // `&devices=10000` for as many as that.
  const many = Number(new URLSearchParams(location.search).get('devices') ?? 60);
  backend.known = Array.from({ length: many }, (_, n) =>
    device(n + 1, {
      online: n % 11 === 0,
      host: n === 0 ? 'OFFICE-3' : `PC-${n}`,
      os: n % 4 ? 'Windows 11 Pro 24H2' : 'Debian GNU/Linux 12',
      customer: n % 13 === 5 ? null : (NAMES[n % 5] ?? null),
      machine: n % 3 === 1 ? null : (['Empfang', 'Kasse 1', 'Büro 2'][n % 4] ?? null),
      address: `203.0.113.${n % 250}`,
      location: n % 5 === 4 ? null : n % 3 ? GRAZ : BERN,
      tags: n % 4 === 0 ? ['vip'] : n % 7 === 0 ? ['Team A', 'till', 'old'] : [],
      notes: n === 0 ? 'Needs a new power supply.' : '',
      first_seen: now - 200 * DAY,
      last_seen: now - n * 0.3 * DAY,
    }),
  );
  backend.happened = [
    { seq: 1, at: now - 4 * MINUTE, event: { kind: 'created' } },
    { seq: 2, at: now - 3 * MINUTE, event: { kind: 'helper_came' } },
    {
      seq: 3,
      at: now - 2 * MINUTE,
      event: { kind: 'consent', asked: ['view', 'control'], granted: ['view', 'control'], answer: 'allowed' },
    },
    { seq: 4, at: now - 2 * MINUTE + 900, event: { kind: 'went_live' } },
    { seq: 5, at: now - MINUTE, event: { kind: 'ended', reason: 'customer_ended' } },
  ];
  backend.past = backend.happened.map((one) => ({ ...one, session: id(9), technician_name: 'Anna Berger' })).reverse();
  const acts = ['session.created', 'session.claimed', 'session.consent', 'session.live', 'chat.sent', 'session.ended'];
  backend.log = Array.from({ length: 260 }, (_, n) => ({
    row: {
      seq: 260 - n,
      at: now - n * 7 * MINUTE,
      actor: n % 3 === 1 ? `device:${id(601)}` : `technician:${id(900)}`,
      action: acts[n % 6] ?? '',
      target: `session:${id(9)}`,
      summary:
        n % 6 === 2 ? '{"kind":"consent","answer":"allowed","granted":["view","control"]}' : '{"kind":"created"}',
    },
    actor_name: n % 3 === 1 ? 'OFFICE-3' : 'Anna Berger',
    target_name: NAMES[n % 5] ?? null,
  }));
}
const call = CALLS[screen];
if (call) backend.calls.set(id(9), call);
const withWords = call?.state === 'live';
backend.marks = { technician: { delivered: 1, read: 1 }, customer: { delivered: 4, read: 2 } };
backend.stored = [
  {
    id: id(1),
    session: id(9),
    seq: 1,
    author: 'customer',
    text: 'Guten Tag, der Drucker druckt nicht mehr.',
    sent_at: now - 60_000,
  },
  {
    id: id(2),
    session: id(9),
    seq: 2,
    author: 'technician',
    text: 'Guten Tag! Ich schaue gleich nach.',
    sent_at: now - 40_000,
  },
  {
    id: id(3),
    session: id(9),
    seq: 3,
    author: 'customer',
    text: '<img src=x onerror=alert(1)>\n<b>danke</b>',
    sent_at: now - 9_000,
  },
];

document.documentElement.lang = language;
look.start();
sound.start();
const desk = new Desk(backend, decodableCodecs);
exposeMeasure(desk);
router.start();
mount(App, { target: document.getElementById('app') ?? document.body, props: { desk } });
await desk.start();
if (withWords) {
  backend.tell({ kind: 'call', session: id(9), call: { state: 'known', words } });
  backend.tell({ kind: 'call', session: id(9), call });
}

// `&still`: without pictures, for a browser that has no encoder; a script may show some through `fake`.
if (call?.state === 'live' && !location.search.includes('still')) {
  const { encodeDesktop } = await import('./desktop');
  await encodeDesktop((message) => backend.show(message));
  backend.tell({
    kind: 'stats',
    session: id(9),
    stats: {
      fps: 28.6,
      kbit_per_s: 842,
      tiles: 41,
      tile_kbit_per_s: 96,
      rtt_ms: 11.2,
      capture_ms: 2,
      encode_ms: 7.4,
      exact: true,
      frame_rate: 60,
      scale_percent: 100,
      limit: 'none',
    },
  });
  if (screen === 'paused') backend.tell({ kind: 'call', session: id(9), call: { ...LIVE, stopped: 'paused' } });
  if (screen === 'revoked') backend.tell({ kind: 'call', session: id(9), call: { ...LIVE, granted: [] } });
  if (screen === 'reconnecting') backend.tell({ kind: 'call', session: id(9), call: { state: 'reconnecting' } });
}
if (screen === 'several') {
  backend.tell({ kind: 'call', session: id(8), call: LIVE });
  backend.tell({ kind: 'call', session: id(6), call: { state: 'reconnecting' } });
}
// Set last: then everything is there.
Object.assign(window, { fake: backend, words: t });
