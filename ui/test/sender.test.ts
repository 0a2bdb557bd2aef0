import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { InputChannel } from '../src/backend/backend';
import { decodeInput, type Button, type InputEvent } from '../src/protocol/input';
import { HELD_RESTATE } from '../src/protocol/limit';
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

describe('what is held', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  class Shell {
    readonly sent: InputEvent[] = [];
    gone = false;
    #seq = 0;

    input = async (_: string, __: InputChannel, message: Uint8Array) => {
      await Promise.resolve();
      if (this.gone) {
        this.#seq += 1;
        throw new Error('gone');
      }
      const { seq, ...event } = decodeInput(message);
      expect(seq).toBe((this.#seq += 1));
      this.sent.push(event);
    };
  }

  const down = (key: number): InputEvent => ({ kind: 'key_down', key, modifiers: 0, locks: 0, text: '' });
  const held = (keys: number[], buttons: Button[] = []): InputEvent => ({ kind: 'held', keys, buttons });

  test('is stated again and again, and no more once nothing is', async () => {
    const shell = new Shell();
    const sender = new InputSender(shell, 'session');
    sender.send(down(0xe1));
    sender.send(down(0x04));
    sender.send({ kind: 'button_down', button: 'left', monitor: 0, x: 0, y: 0 });
    await vi.advanceTimersByTimeAsync(HELD_RESTATE * 2);
    expect(shell.sent.slice(3)).toEqual([held([0x04, 0xe1], ['left']), held([0x04, 0xe1], ['left'])]);
    sender.send(key(0x04));
    sender.send(key(0xe1));
    sender.send({ kind: 'button_up', button: 'left', monitor: 0, x: 0, y: 0 });
    await vi.advanceTimersByTimeAsync(HELD_RESTATE * 5);
    expect(shell.sent).toHaveLength(8);
  });

  test('is stated when the call is there again, without what was let go meanwhile', async () => {
    const shell = new Shell();
    const sender = new InputSender(shell, 'session');
    sender.send(down(0xe0));
    sender.send(down(0x04));
    await vi.advanceTimersByTimeAsync(1);
    shell.gone = true;
    sender.send(key(0x04));
    await vi.advanceTimersByTimeAsync(HELD_RESTATE * 3);
    shell.gone = false;
    await vi.advanceTimersByTimeAsync(HELD_RESTATE);
    expect(shell.sent.slice(2)).toEqual([held([0xe0])]);
  });

  test('is stated even as nothing, if the last key-up did not get through', async () => {
    const shell = new Shell();
    const sender = new InputSender(shell, 'session');
    sender.send(down(0x04));
    await vi.advanceTimersByTimeAsync(1);
    shell.gone = true;
    sender.send(key(0x04));
    await vi.advanceTimersByTimeAsync(1);
    shell.gone = false;
    await vi.advanceTimersByTimeAsync(HELD_RESTATE * 4);
    expect(shell.sent.slice(1)).toEqual([held([])]);
  });

  test('is let go when the picture goes, and nothing is stated after that', async () => {
    const shell = new Shell();
    const sender = new InputSender(shell, 'session');
    sender.send(down(0x04));
    sender.close();
    await vi.advanceTimersByTimeAsync(HELD_RESTATE * 4);
    expect(shell.sent.at(-1)).toEqual({ kind: 'release_all' });
  });
});
