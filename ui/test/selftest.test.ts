/** The self-test: every finding has its sentence, and only somebody outside proves that the relay is reached. */

import { afterEach, expect, test, vi } from 'vitest';
import { FakeBackend } from '../dev/fake';
import { BackendError } from '../src/backend/backend';
import { lines, reachLine } from '../src/features/selftest/lines';
import { SelfTest } from '../src/state/selftest.svelte';
import { t } from '../src/state/text';
import type { SelfTestView } from '../src/state/types';

const good: SelfTestView = { ...new FakeBackend().found, clock_ms: 12 };
const tones = (found: SelfTestView) => lines(found).map((line) => line.tone);

afterEach(() => {
  vi.useRealTimers();
});

test('what works is good, and what does not is said with what to do', () => {
  expect(tones(good)).toEqual(['good', 'good', 'good', 'good', 'good', 'good']);
  expect(tones({ ...good, udp: false, by_udp_ms: null })).toEqual(['good', 'good', 'warn', 'warn', 'good', 'good']);
  expect(tones({ ...good, by_tls_ms: null, clock_ms: -61_000 })).toEqual([
    'good',
    'good',
    'good',
    'good',
    'warn',
    'warn',
  ]);
  const behind = lines({ ...good, clock_ms: -61_000 }).at(-1);
  expect(behind?.says).toContain('61 s behind');
});

test('what could not be tried is not known, and never good', () => {
  for (const port of ['nobody', 'proxy', 'other'] as const) {
    const found = { ...good, port, tls: 'unknown' as const, udp: false, by_udp_ms: null, by_tls_ms: null };
    expect(tones(found).slice(0, 5)).toEqual(['warn', 'idle', 'idle', 'idle', 'idle']);
  }
  const proxied = lines({ ...good, port: 'proxy', proxy: 'http://proxy:3128' })[0];
  expect(proxied?.says).toContain('http://proxy:3128');
});

test('every kind of certificate has a sentence of its own', () => {
  const kinds = ['trusted', 'own', 'not_needed', 'wrong', 'unknown'] as const;
  const said = kinds.map((tls) => lines({ ...good, tls })[1]?.says);
  expect(new Set(said).size).toBe(kinds.length);
});

test('only somebody outside proves that the relay is reached from outside', () => {
  expect(reachLine(good, null).tone).toBe('idle');
  expect(reachLine(good, { outside: null, nearby: null }).word).toBe(t.selfTest.unknown);
  expect(reachLine(good, { outside: null, nearby: 5 }).tone).toBe('idle');
  expect(reachLine(good, { outside: 5, nearby: 5 }).tone).toBe('good');
  expect(reachLine({ ...good, links: [] }, { outside: 5, nearby: null }).tone).toBe('idle');
});

test('it asks who opened the link until it is closed', async () => {
  vi.useFakeTimers();
  const backend = new FakeBackend();
  const selfTest = new SelfTest(backend);
  await selfTest.run();
  expect(selfTest.found).toEqual(backend.found);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(selfTest.reach).toEqual({ outside: null, nearby: null });
  backend.answers.linkOpened = () => Promise.reject(new BackendError('relay_away', 'gone'));
  await vi.advanceTimersByTimeAsync(3_000);
  backend.answers = {};
  backend.reach = { outside: 7, nearby: null };
  await vi.advanceTimersByTimeAsync(3_000);
  expect(selfTest.reach).toEqual({ outside: 7, nearby: null });
  selfTest.close();
  const asked = backend.asked.length;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(backend.asked.length).toBe(asked);
});

test('a test that could not be made says so, and can be made again', async () => {
  const backend = new FakeBackend();
  backend.answers.selfTest = () => Promise.reject(new BackendError('relay_away', 'gone'));
  const selfTest = new SelfTest(backend);
  await selfTest.run();
  expect(selfTest.failure).toBe('relay_away');
  expect(selfTest.running).toBe(false);
  backend.answers = {};
  await selfTest.run();
  expect(selfTest.failure).toBe(null);
  selfTest.close();
});
