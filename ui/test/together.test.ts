import { expect, test } from 'vitest';
import { FakeBackend, id } from '../dev/fake';
import type { Present } from '../src/protocol/generated/Present';
import { Together } from '../src/state/together.svelte';
import { describe } from '../src/features/session/describe';
import { session } from '../dev/fake';

const present = (who: number, name: string, change: Partial<Present> = {}): Present => ({
  who,
  name,
  company: '',
  connected: true,
  may_steer: true,
  steers: false,
  wants: false,
  ...change,
});

function start() {
  const backend = new FakeBackend();
  return { backend, together: new Together(backend, id(1)) };
}

test('alone one has the controls, and with others only if the helper says so', () => {
  const { together } = start();
  expect([together.steers, together.here.length]).toEqual([true, 0]);
  const [anna, ben] = [present(0, 'Anna', { steers: true }), present(1, 'Ben', { wants: true })];
  together.tell({ kind: 'here', you: 1, technicians: [anna, ben] });
  expect([together.steers, together.steered?.name, together.wants, together.asking]).toEqual([false, 'Anna', true, []]);
  together.tell({ kind: 'here', you: 0, technicians: [anna, ben] });
  expect([together.steers, together.asking.map(({ name }) => name)]).toEqual([true, ['Ben']]);
  together.tell({ kind: 'here', you: 0, technicians: [anna] });
  expect([together.steers, together.here.length]).toEqual([true, 0]);
});

test('a pointer is shown until its technician has left the picture or the call', () => {
  const { together } = start();
  const [anna, ben] = [present(0, 'Anna', { steers: true }), present(1, 'Ben')];
  together.tell({ kind: 'here', you: 0, technicians: [anna, ben] });
  together.tell({ kind: 'pointer', of: 1, at: { monitor: 0, x: 5, y: 6 } });
  expect(together.pointers.get(1)).toEqual({ monitor: 0, x: 5, y: 6 });
  together.tell({ kind: 'pointer', of: 1, at: null });
  expect(together.pointers.size).toBe(0);
  together.tell({ kind: 'pointer', of: 1, at: { monitor: 0, x: 5, y: 6 } });
  together.tell({ kind: 'here', you: 0, technicians: [anna, present(1, 'Ben', { connected: false })] });
  expect(together.pointers.size).toBe(0);
});

test('an invitation shows its code until the colleague is there or nothing comes of it', async () => {
  const { together } = start();
  const ben = { id: id(7), name: 'Ben', company: '', online: true };
  await together.invite(ben);
  expect(together.inviting).toEqual({ name: 'Ben', code: 'K7MP-4QXD', step: null });
  together.tell({ kind: 'invitation', name: 'Ben', invited: 'waiting' });
  expect(together.inviting?.code).toBe('K7MP-4QXD');
  together.tell({ kind: 'invitation', name: 'Cara', invited: 'gone' });
  expect(together.inviting?.step).toBe('waiting');
  together.tell({ kind: 'invitation', name: 'Ben', invited: 'came' });
  expect(together.inviting).toEqual({ name: 'Ben', code: null, step: 'came' });
});

test('nothing is told of the pointer while nobody else is there', () => {
  const { together, backend } = start();
  together.points({ monitor: 0, x: 1, y: 1 });
  expect(backend.asked.filter((asked) => asked.startsWith('room'))).toEqual([]);
  together.tell({ kind: 'here', you: 0, technicians: [present(0, 'Anna', { steers: true }), present(1, 'Ben')] });
  together.points({ monitor: 0, x: 1, y: 1 });
  together.points({ monitor: 0, x: 2, y: 2 });
  expect(backend.asked.filter((asked) => asked.startsWith('room'))).toHaveLength(1);
});

test('a colleague’s call asks for the code first, and again after a wrong one', () => {
  const joined = session(1, { joins: id(2), invited_by: 'Anna', status: 'waiting', helper_online: true });
  const shows = (call: Parameters<typeof describe>[0]['call']) =>
    describe({ session: joined, call, hasPicture: false, broken: null })?.action;
  expect(shows(null)).toBe('join');
  expect(shows({ state: 'refused', reason: 'wrong_code' })).toBe('join');
  expect(shows({ state: 'refused', reason: 'too_many_wrong_codes' })).toBe('back');
  expect(shows({ state: 'known', words: [] })).toBe('connect');
});
