import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { InputEvent } from '../src/protocol/input';
import { FUNCTION_KEYS, combosFor, strokes } from '../src/state/combos';
import { TYPED_MAX, Typing, typeable } from '../src/state/typing.svelte';
import { SystemKeys } from '../src/transport/systemKeys';

describe('special keys', () => {
  test('go down with what is held by then, and up in the opposite order', () => {
    expect(strokes(['ControlLeft', 'AltLeft', 'Delete'])).toEqual([
      { kind: 'key_down', key: 0xe0, modifiers: 2, locks: 0x38, text: '' },
      { kind: 'key_down', key: 0xe2, modifiers: 6, locks: 0x38, text: '' },
      { kind: 'key_down', key: 0x4c, modifiers: 6, locks: 0x38, text: '' },
      { kind: 'key_up', key: 0x4c },
      { kind: 'key_up', key: 0xe2 },
      { kind: 'key_up', key: 0xe0 },
    ]);
  });

  test('every one of the menu is made of keys that have a number', () => {
    for (const combo of [...combosFor('Debian 12'), ...FUNCTION_KEYS]) {
      expect(strokes(combo)).toHaveLength(combo.length * 2);
    }
  });

  test('Ctrl+Alt+Del is offered where it can be sent', () => {
    const offered = (os: string | null) => combosFor(os).some((combo) => combo.includes('Delete'));
    expect([null, 'Debian 12', 'Windows 11 Pro 24H2', 'macOS 15'].map(offered)).toEqual([true, true, false, false]);
  });
});

describe('text that is typed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  class Typist {
    readonly sent: string[] = [];
    blocked: Promise<void> = Promise.resolve();

    send = (event: InputEvent) => {
      if (event.kind === 'text') this.sent.push(event.text);
    };

    taken = () => this.blocked;
  }

  test('has one kind of line end and no control characters', () => {
    expect(typeable('a\r\nb\rc\nd\te\u001b[31m\u0000\u0085ü 日😀')).toBe('a\nb\nc\nd\te[31mü 日😀');
  });

  test('goes in pieces with pauses, never through the middle of a character', async () => {
    const [typing, typist] = [new Typing(), new Typist()];
    const done = typing.start('😀😀😀😀日ü', typist);
    await vi.advanceTimersByTimeAsync(0);
    expect([typist.sent, typing.progress]).toEqual([['😀😀😀😀'], { done: 0, total: 6 }]);
    await vi.advanceTimersByTimeAsync(1_000);
    await done;
    expect([typist.sent, typing.progress]).toEqual([['😀😀😀😀', '日ü'], null]);
  });

  test('stops at once when it is cancelled, and another does not mix with it', async () => {
    const [typing, typist] = [new Typing(), new Typist()];
    void typing.start('aaaa'.repeat(100), typist);
    await vi.advanceTimersByTimeAsync(0);
    typing.cancel();
    expect(typing.progress).toBeNull();
    void typing.start('bbbb', typist);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(typist.sent).toEqual(['aaaa', 'bbbb']);
  });

  test('waits for what is on its way', async () => {
    const [typing, typist] = [new Typing(), new Typist()];
    let free: (() => void) | undefined;
    typist.blocked = new Promise((done) => (free = done));
    void typing.start('12345678', typist);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(typist.sent).toEqual(['1234']);
    free?.();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(typist.sent).toEqual(['1234', '5678']);
  });

  test('is cut where nobody would wait for its end', async () => {
    const [typing, typist] = [new Typing(), new Typist()];
    void typing.start('x'.repeat(TYPED_MAX * 2), typist);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(typist.sent.join('')).toHaveLength(TYPED_MAX);
    await typing.start('', typist);
    expect(typing.progress).toBeNull();
  });
});

describe('the keys of the system', () => {
  const shell = (can: boolean) => ({
    canGrabKeyboard: vi.fn(() => Promise.resolve(can)),
    grabKeyboard: vi.fn(() => Promise.resolve()),
    releaseKeyboard: vi.fn(() => Promise.resolve()),
  });

  test('are taken by the shell where it can, and given back in order', async () => {
    const order: string[] = [];
    const can = shell(true);
    can.grabKeyboard.mockImplementation(async () => {
      await Promise.resolve();
      order.push('take');
    });
    can.releaseKeyboard.mockImplementation(() => Promise.resolve(void order.push('give')));
    const keys = new SystemKeys(can, undefined);
    expect(await keys.available()).toBe(true);
    void keys.take();
    await keys.give();
    expect(order).toEqual(['take', 'give']);
  });

  test('are taken by the browser where the shell cannot', async () => {
    const browser = { lock: vi.fn(() => Promise.resolve()), unlock: vi.fn() };
    const cannot = shell(false);
    const keys = new SystemKeys(cannot, browser);
    expect(await keys.available()).toBe(true);
    await keys.take();
    await keys.give();
    expect([browser.lock, browser.unlock].map((call) => call.mock.calls.length)).toEqual([1, 1]);
    expect(cannot.grabKeyboard).not.toHaveBeenCalled();
  });

  test('are not offered where nobody can', async () => {
    const keys = new SystemKeys(shell(false), undefined);
    expect(await keys.available()).toBe(false);
    await keys.take();
    await keys.give();
  });

  test('a refusal is told, and does not stand in the way of the next time', async () => {
    const busy = shell(true);
    busy.grabKeyboard.mockRejectedValueOnce(new Error('AlreadyGrabbed'));
    const keys = new SystemKeys(busy, undefined);
    await expect(keys.take()).rejects.toThrow('AlreadyGrabbed');
    await keys.take();
    expect(busy.grabKeyboard).toHaveBeenCalledTimes(2);
  });
});
