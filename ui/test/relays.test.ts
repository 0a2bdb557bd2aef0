/** The relays of a console: moving asks first while calls go on, and the page then begins anew. */

import { expect, test, vi } from 'vitest';
import { boot } from '../dev/fake';
import { FakeRelays } from '../dev/fake-relays';
import { nameOfRelay, Relays } from '../src/state/relays.svelte';

function start() {
  const backend = new FakeRelays(() => boot());
  const anew = vi.fn();
  return { backend, anew, relays: new Relays(backend, anew) };
}

test('a click moves at once, and the page begins anew', async () => {
  const { backend, anew, relays } = start();
  await relays.load();
  const [, there] = relays.all;
  if (!there) throw new Error('no other relay');
  expect(nameOfRelay(there)).toBe('help.example.org');
  await relays.choose(there, 0);
  expect(backend.known.find(({ current }) => current)).toMatchObject({ id: '1' });
  expect([anew.mock.calls.length, relays.wanted]).toEqual([1, null]);
});

test('while a call goes on nothing happens before a second click', async () => {
  const { backend, anew, relays } = start();
  await relays.load();
  const [, there] = relays.all;
  if (!there) throw new Error('no other relay');
  await relays.choose(there, 1);
  expect([relays.wanted, anew.mock.calls.length, backend.known[0]?.current]).toEqual([there, 0, true]);
  await relays.move(there);
  expect([relays.wanted, anew.mock.calls.length, backend.known[0]?.current]).toEqual([null, 1, false]);
});

test('a relay that does not take the token is not in the list', async () => {
  const { relays } = start();
  await relays.load();
  await expect(relays.add('https://two.example.org', 'wrong')).rejects.toMatchObject({ code: 'wrong_token' });
  expect(relays.all).toHaveLength(2);
  await relays.add('https://two.example.org', 'right');
  expect(relays.all.map(({ current }) => current)).toEqual([true, false, false]);
});
