import { expect, test } from 'vitest';
import type { InputChannel } from '../src/backend/backend';
import { decodeInput, type InputEvent } from '../src/protocol/input';
import { InputSender } from '../src/transport/input';

/** A shell that answers when it is told to. */
class SlowShell {
  readonly sent: { channel: InputChannel; kind: string; seq: number }[] = [];
  #answer: ((ok: boolean) => void) | undefined;

  input = (_: string, channel: InputChannel, message: Uint8Array) => {
    const { kind, seq } = decodeInput(message);
    this.sent.push({ channel, kind, seq });
    return new Promise<void>((done, fail) => {
      this.#answer = (ok) => (ok ? done() : fail(new Error('gone')));
    });
  };

  async answer(ok = true): Promise<void> {
    this.#answer?.(ok);
    await new Promise((done) => setImmediate(done));
  }
}

const motion = (x: number): InputEvent => ({ kind: 'motion', monitor: 0, x, y: 0 });
const key = (n: number): InputEvent => ({ kind: 'key_up', key: n });

test('one message is under way at a time, numbered over both channels', async () => {
  const shell = new SlowShell();
  const sender = new InputSender(shell, 'session');
  sender.send(motion(1));
  sender.send(key(4));
  sender.send(key(5));
  expect(shell.sent).toHaveLength(1);
  await shell.answer();
  await shell.answer();
  await shell.answer();
  expect(shell.sent).toEqual([
    { channel: 'pointer', kind: 'motion', seq: 1 },
    { channel: 'input', kind: 'key_up', seq: 2 },
    { channel: 'input', kind: 'key_up', seq: 3 },
  ]);
});

test('a waiting motion is replaced by a newer one, but never moved over a click', async () => {
  const shell = new SlowShell();
  const sender = new InputSender(shell, 'session');
  for (const event of [key(1), motion(1), motion(2), key(2), motion(3), motion(4)]) sender.send(event);
  for (let round = 0; round < 4; round += 1) await shell.answer();
  expect(shell.sent.map(({ kind }) => kind)).toEqual(['key_up', 'motion', 'key_up', 'motion']);
});

test('what was typed into a call that has gone does not run later', async () => {
  const shell = new SlowShell();
  const sender = new InputSender(shell, 'session');
  for (const event of [key(1), key(2), key(3)]) sender.send(event);
  await shell.answer(false);
  sender.send({ kind: 'release_all' });
  await shell.answer();
  expect(shell.sent.map(({ kind }) => kind)).toEqual(['key_up', 'release_all']);
});

test('a shell that does not answer gets a release, not a flood', async () => {
  const shell = new SlowShell();
  const sender = new InputSender(shell, 'session');
  for (let n = 0; n < 600; n += 1) sender.send(key(1));
  await shell.answer();
  expect(shell.sent[1]?.kind).toBe('release_all');
});
