/** Lists, filters, periods and layouts, apart from drawing them. */

import { expect, test, vi } from 'vitest';
import { device, EARLY, FakeBackend, id, session } from '../dev/fake';
import { BackendError } from '../src/backend/backend';
import { Desk } from '../src/state/desk.svelte';
import { EVERY_DEVICE, filterDevices, nameOfDevice, sortDevices } from '../src/state/deviceFilter';
import { moved, shown, sized, stepped, USUAL, whole } from '../src/state/layout';
import { dateOf, fieldOf, periodOf } from '../src/state/period';
import { meant } from '../src/state/quick';
import { EVERY_SESSION, SessionSearch } from '../src/state/search.svelte';
import { eventText, flagOf, placeOf, staleFor } from '../src/state/words';

const many = Array.from({ length: 10_000 }, (_, n) =>
  device(n, {
    host: `PC-${n}`,
    customer: n % 3 ? `Customer ${n % 50}` : null,
    machine: n % 5 ? null : `Till ${n % 7}`,
    tags: n % 4 ? [] : ['vip'],
    notes: n === 4_711 ? 'Needs a new power supply' : '',
    last_seen: EARLY - n,
    online: n % 10 === 0,
  }),
);

test('ten thousand devices are filtered while somebody types', () => {
  const left = (change: Partial<typeof EVERY_DEVICE>) => filterDevices(many, { ...EVERY_DEVICE, ...change });
  expect(left({ text: 'POWER supply' }).map(({ host }) => host)).toEqual(['PC-4711']);
  expect(left({ text: 'supply customer 11' })).toHaveLength(1);
  expect(left({ tag: 'vip', state: 'online' }).every(({ tags, online }) => tags.includes('vip') && online)).toBe(true);
  expect(left({ customer: 'Customer 7' }).every(({ customer }) => customer === 'Customer 7')).toBe(true);
  expect(left({ text: '   ' })).toHaveLength(10_000);
  // The last device is found however many words come before it; what is measured is in the report, not asserted.
  expect(left({ text: 'pc-9999' })).toHaveLength(1);
});

test('devices are sorted by name, host and last seen, either way', () => {
  const few = [many[12], many[2], many[101]].filter((one) => one !== undefined);
  expect(sortDevices(few, 'host', false).map(({ host }) => host)).toEqual(['PC-2', 'PC-12', 'PC-101']);
  expect(sortDevices(few, 'host', true).map(({ host }) => host)).toEqual(['PC-101', 'PC-12', 'PC-2']);
  expect(sortDevices(few, 'seen', true)).toEqual(few);
  expect(sortDevices(few, 'seen', false)).toEqual([...few].reverse());
  expect(nameOfDevice(device(1, { customer: 'Weber', machine: 'Till 3' }))).toBe('Weber / Till 3');
  expect(nameOfDevice(device(1))).toBe('pc-1');
});

test('a period has as many parts as it has days, and the one before has the same length', () => {
  const now = new Date(2026, 2, 31, 15).getTime();
  const week = periodOf('week', now);
  expect(week?.edges).toHaveLength(8);
  expect(week?.edges.at(-1)).toBe(new Date(2026, 3, 1).getTime());
  expect(week?.before.at(-1)).toBe(week?.edges[0]);
  expect(week?.before).toHaveLength(8);
  // The night in which clocks are set forward, wherever this runs: each part still begins at midnight.
  for (const edge of periodOf('month', now)?.edges ?? []) expect(new Date(edge).getHours()).toBe(0);
  const year = periodOf('year', now);
  expect([year?.unit, year?.edges.length, year?.before.length]).toEqual(['month', 13, 13]);
  const chosen = periodOf('custom', now, '2026-01-30', '2026-02-02');
  expect(chosen?.edges).toHaveLength(5);
  expect(periodOf('custom', now, '2025-01-10', '2026-02-02')?.unit).toBe('month');
  for (const [from, to] of [
    ['2026-02-02', '2026-01-30'],
    ['', '2026-01-30'],
    ['2026-02-31', '2026-03-01'],
    ['x', 'y'],
  ] as const) {
    expect(periodOf('custom', now, from, to)).toBeNull();
  }
  expect(fieldOf(dateOf('2026-02-28') ?? new Date(0))).toBe('2026-02-28');
});

test('the layout of the dashboard stays whole, whatever was kept', () => {
  expect(whole(null)).toEqual(USUAL);
  const kept = [{ name: 'devices', width: 12, hidden: true }, { name: 'gone' }, 7, { name: 'devices', width: 4 }];
  const made = whole(kept);
  expect(made[0]).toEqual({ name: 'devices', width: 12, hidden: true });
  expect(made.map(({ name }) => name).sort()).toEqual(USUAL.map(({ name }) => name).sort());
  const names = (layout: readonly { name: string }[]) => layout.map(({ name }) => name);
  expect(names(moved(USUAL, 'statistics', 'sessions'))[0]).toBe('statistics');
  expect(names(stepped(USUAL, 'sessions', -1))).toEqual(names(USUAL));
  expect(names(stepped(shown(USUAL, 'quick', true), 'sessions', 1)).indexOf('sessions')).toBe(2);
  expect(sized(USUAL, 'sessions', 1)[0]?.width).toBe(12);
  expect(sized(sized(USUAL, 'sessions', 1), 'sessions', 1)[0]?.width).toBe(12);
});

function asked(backend: FakeBackend): number {
  return backend.asked.filter((one) => one.startsWith('searchSessions')).length;
}

test('a search shows page after page, and only the answer to what was asked last', async () => {
  const backend = new FakeBackend();
  backend.records = Array.from({ length: 230 }, (_, n) => session(n, { host: `h-${n % 10}` }));
  const search = new SessionSearch(backend);
  await search.ask(EVERY_SESSION);
  expect([search.found.length, search.total]).toEqual([100, 230]);
  await search.more();
  await search.more();
  await search.more();
  expect(new Set(search.found.map((one) => one.id)).size).toBe(230);
  expect(asked(backend)).toBe(3);

  // The slow answer to an older question is dropped.
  const answers: (() => void)[] = [];
  const quick = backend.searchSessions;
  backend.searchSessions = async (query) => {
    const answer = await quick(query);
    if (query.filter.text === 'h-1') await new Promise<void>((done) => answers.push(done));
    return answer;
  };
  const slow = search.ask({ ...EVERY_SESSION, text: 'h-1' });
  await search.ask({ ...EVERY_SESSION, text: 'h-2' });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers[0]?.();
  await slow;
  expect(search.found.every(({ host }) => host === 'h-2')).toBe(true);
});

test('events change what is shown, and a deleted end of a page begins it anew', async () => {
  const backend = new FakeBackend();
  backend.records = Array.from({ length: 150 }, (_, n) => session(n));
  const search = new SessionSearch(backend);
  await search.ask(EVERY_SESSION);
  const first = search.found[0] ?? session(1);
  search.tell({ ...first, notes: 'changed' });
  expect(search.found[0]?.notes).toBe('changed');
  search.gone(first.id);
  expect([search.found.length, search.total]).toEqual([99, 149]);
  const quick = backend.searchSessions;
  backend.searchSessions = (query) =>
    query.after === null ? quick(query) : Promise.reject(new BackendError('unknown_session', 'gone'));
  await search.more();
  expect(search.failure).toBeNull();
  expect(search.found).toHaveLength(100);
  search.close();
});

async function desk(prepare: (backend: FakeBackend) => void): Promise<[Desk, FakeBackend]> {
  const backend = new FakeBackend();
  prepare(backend);
  const made = new Desk(backend, () => Promise.resolve(['av1']));
  await made.start();
  await vi.waitFor(() => expect(made.devices.loaded && made.sessions.loaded).toBe(true));
  return [made, backend];
}

test('a code or a name typed into one field leads to a session or a device', async () => {
  const [made] = await desk((backend) => {
    backend.records = [session(1, { customer: 'Weber' })];
    backend.known = [
      device(1, { host: 'OFFICE-3', customer: 'Weber', machine: 'Till 3' }),
      device(2, { host: 'OFFICE-4', customer: 'Lang' }),
    ];
  });
  expect(await meant(made, ' k7mp 4qxd ')).toMatchObject({ kind: 'session', session: { id: id(1) } });
  expect(await meant(made, 'weber / till 3')).toMatchObject({ kind: 'device', device: { host: 'OFFICE-3' } });
  expect(await meant(made, 'office-4')).toMatchObject({ kind: 'device', device: { host: 'OFFICE-4' } });
  expect(await meant(made, 'office')).toEqual({ kind: 'many', text: 'office' });
  expect(await meant(made, 'AAAA-AAAA')).toEqual({ kind: 'nothing' });
  expect(await meant(made, '  ')).toEqual({ kind: 'nothing' });
});

test('more devices than one page are fetched and changed in as many steps as it takes', async () => {
  const [made, backend] = await desk((shell) => (shell.known = many.slice(0, 2_300)));
  expect(made.devices.all).toHaveLength(2_300);
  expect(backend.asked.filter((one) => one.startsWith('devices'))).toHaveLength(3);
  await made.devices.edit(
    made.devices.all.map((one) => one.id),
    { add_tags: ['new'] },
  );
  expect(backend.asked.filter((one) => one.startsWith('editDevices'))).toHaveLength(3);
  expect(made.devices.all.every(({ tags }) => tags.includes('new'))).toBe(true);
  // Removed while nobody listened: the next load shows it.
  backend.known = backend.known.slice(1);
  await made.devices.load();
  expect(made.devices.all).toHaveLength(2_299);
});

test('places, events and silence are said in words, and nothing is guessed', () => {
  expect(placeOf(null)).toBe('Unknown');
  expect(placeOf({ country: 'AT', region: 'Styria', city: null })).toContain('Styria');
  expect(flagOf({ country: 'AT', region: null, city: null })).toBe('🇦🇹');
  for (const country of ['<b', 'at', 'AUT', '']) expect(flagOf({ country, region: null, city: null })).toBe('');
  expect(placeOf({ country: 'ZZZ', region: null, city: null })).toBe('ZZZ');
  expect(eventText({ kind: 'ended', reason: 'customer_ended' }).detail).toBe('Ended by the customer');
  const consent = { kind: 'consent', asked: ['view'], granted: ['view'], answer: 'allowed' } as const;
  expect(eventText({ ...consent, asked: [...consent.asked], granted: [...consent.granted] }).detail).toBe(
    'See the screen',
  );
  const lost = session(1, { status: 'reconnecting', last_active_at: EARLY });
  expect(staleFor(lost, EARLY + 90_000)).toBe(90_000);
  expect(staleFor(lost, EARLY + 30_000)).toBeNull();
  expect(staleFor(session(1, { status: 'ended', ended_at: EARLY, last_active_at: EARLY }), EARLY + 1e9)).toBeNull();
});
