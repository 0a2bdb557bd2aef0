import { expect, test } from 'vitest';
import { session, EARLY } from '../dev/fake';
import { describe, type Situation } from '../src/features/session/describe';
import type { CallState } from '../src/protocol/generated/CallState';
import { formatBytes, formatDuration } from '../src/state/format';
import { nameProblem, who, whoLine } from '../src/state/naming';
import { hashOf, parseRoute, type Route } from '../src/state/route.svelte';
import { en } from '../src/state/text/en';

const LIVE: Extract<CallState, { state: 'live' }> = {
  state: 'live',
  granted: ['view'],
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

function say(change: Partial<Situation>) {
  return describe({ session: session(1), call: null, hasPicture: false, broken: null, ...change });
}

const waiting = session(1, { status: 'waiting', helper_online: true });

test('before the call it says whether the customer is here, and offers to connect only then', () => {
  expect(say({})).toMatchObject({ title: 'Customer 1 has not called yet' });
  expect(say({})?.action).toBeUndefined();
  expect(say({ session: session(1, { status: 'waiting' }) })?.action).toBeUndefined();
  expect(say({ session: waiting })).toMatchObject({ title: 'Customer 1 is waiting', action: 'connect' });
});

test('the words are shown as soon as they are known', () => {
  const words = ['one', 'two', 'three'];
  expect(say({ session: waiting, call: { state: 'known', words } })).toMatchObject({ words, action: 'connect' });
  expect(say({ session: waiting, call: { state: 'asking', words } })).toMatchObject({ words });
});

test('after a no the technician may ask again', () => {
  expect(say({ session: waiting, call: { state: 'declined', reason: 'no_answer' } })).toMatchObject({
    text: en.decline.no_answer,
    action: 'ask_again',
  });
});

test('nothing covers a live picture, unless there is none', () => {
  const call = LIVE;
  expect(say({ call, hasPicture: true })).toBeNull();
  expect(say({ call })).toMatchObject({ title: en.call.firstPictureTitle });
  expect(say({ call: { ...call, trouble: 'no_capture' }, hasPicture: true })).toMatchObject({
    text: en.trouble.no_capture,
  });
  expect(say({ call: { ...call, trouble: 'monitor_off' }, hasPicture: true })).toBeNull();
  expect(say({ call, hasPicture: true, broken: 'av1' })?.text).toContain('AV1');
});

test('a pause covers whatever picture there is, and the hidden bar covers none', () => {
  expect(say({ call: { ...LIVE, stopped: 'paused' }, hasPicture: true })).toMatchObject({
    title: en.call.pausedTitle,
  });
  expect(say({ call: { ...LIVE, stopped: 'bar_hidden' }, hasPicture: true })).toBeNull();
  expect(say({ call: { ...LIVE, granted: [], held: ['view'] }, hasPicture: true })).toMatchObject({
    title: en.call.revokedTitle,
  });
});

test('while reconnecting the old picture stays under its mark', () => {
  expect(say({ call: { state: 'reconnecting' }, hasPicture: true })).toMatchObject({ overPicture: true });
});

test('the end is said from the call or from the record, whichever knows', () => {
  expect(say({ call: { state: 'over', reason: 'customer_ended' } })).toMatchObject({
    text: en.endReason.customer_ended,
    over: true,
  });
  const ended = session(1, { status: 'interrupted', ended_at: EARLY, end_reason: 'interrupted' });
  expect(say({ session: ended })).toMatchObject({ text: en.endReason.interrupted, action: 'back', over: true });
});

test('the address leads to its screen and back', () => {
  const routes: Route[] = [
    { screen: 'dashboard' },
    { screen: 'sessions' },
    { screen: 'sessions', id: session(1).id, query: { text: 'a b&c=ü', status: 'live' } },
    { screen: 'statistics', query: { period: 'week' } },
    { screen: 'devices' },
    { screen: 'selftest' },
    { screen: 'device', id: session(1).id },
    { screen: 'device', id: session(1).id, tab: 'timeline' },
    { screen: 'session', id: session(1).id },
  ];
  for (const route of routes) expect(parseRoute(hashOf(route))).toEqual(route);
  for (const wrong of ['', '#/nothing', '#/session/', '#/session/../../etc']) {
    expect(parseRoute(wrong)).toEqual({ screen: 'dashboard' });
  }
});

test('names are checked before the shell says the same', () => {
  expect(nameProblem('  ', 'missing')).toBe('missing');
  expect(nameProblem('  ', null)).toBeNull();
  expect(nameProblem('Ünal 👋', 'missing')).toBeNull();
  expect(nameProblem('👋'.repeat(120), 'missing')).toBeNull();
  expect(nameProblem('👋'.repeat(121), 'missing')).toBe(en.field.tooLong(120));
  for (const hostile of ['a\u202eb', 'a\u200bb', 'a\u0007b', 'a\u{e0041}b']) {
    expect([hostile, nameProblem(hostile, 'missing')]).toEqual([hostile, en.field.forbidden]);
  }
});

test('customer and machine are named together', () => {
  expect(whoLine({ customer: 'Weber', machine: 'PC 3' })).toBe('Weber / PC 3');
  expect(whoLine({ customer: 'Weber', machine: null })).toBe('Weber');
  expect(who({ customer: 'Weber', machine: 'PC 3' })).toBe('Weber, PC 3');
});

test('durations and sizes read as people say them', () => {
  expect(formatDuration(-5)).toBe('0 s');
  expect(formatDuration(59_999)).toBe('59 s');
  expect(formatDuration(61_000)).toBe('1 min 1 s');
  expect(formatDuration(3_600_000 * 25 + 60_000)).toBe('25 h 1 min');
  expect(formatBytes(5_312_000)).toBe('5.3 MB');
  expect(formatBytes(12)).toBe('1 kB');
});
