import { expect, test } from 'vitest';
import { LOCK, MODIFIER, unknownLocks } from '../src/protocol/input';
import { Keyboard, keyText, type KeyEvent } from '../src/state/keyboard';

function press(code: string, key: string, states: string[] = [], change: Partial<KeyEvent> = {}): KeyEvent {
  return {
    code,
    key,
    isComposing: false,
    timeStamp: 1_000,
    getModifierState: (name) => states.includes(name),
    ...change,
  };
}

const NUM_UNKNOWN = unknownLocks(LOCK.num);
const down = (key: number, modifiers = 0, text = '', locks: number = NUM_UNKNOWN) => ({
  kind: 'key_down',
  key,
  modifiers,
  locks,
  text,
});

test('a key goes down with the text it made, and up again', () => {
  const keyboard = new Keyboard();
  expect(keyboard.keyDown(press('KeyA', 'a')).send).toEqual([down(0x04, 0, 'a')]);
  expect(keyboard.keyUp(press('KeyA', 'a')).send).toEqual([{ kind: 'key_up', key: 0x04 }]);
});

test('a key-up without its key-down is not passed on', () => {
  expect(new Keyboard().keyUp(press('Tab', 'Tab')).send).toEqual([]);
});

test('names of keys are not text, everything else is', () => {
  for (const name of ['Enter', 'F12', 'ArrowLeft', 'AltGraph', 'Unidentified']) expect(keyText(name)).toBe('');
  for (const text of ['a', 'A', ' ', 'ß', 'é', '👋', '한', 'ﷲ']) expect(keyText(text)).toBe(text);
});

test('locks and modifiers go with the key', () => {
  const keyboard = new Keyboard();
  const event = press('KeyQ', '@', ['AltGraph', 'NumLock', 'CapsLock']);
  expect(keyboard.keyDown(event).send).toEqual([down(0x14, MODIFIER.altGraph, '@', LOCK.num | LOCK.caps)]);
});

test('composed text is sent once, as text, and its keys are left to the input method', () => {
  const keyboard = new Keyboard();
  const dead = keyboard.keyDown(press('Equal', 'Dead'));
  expect(dead).toMatchObject({ send: [], consume: false });
  expect(keyboard.keyDown(press('KeyE', 'e', [], { isComposing: true }))).toMatchObject({ send: [], consume: false });
  expect(keyboard.composed('é')).toEqual([{ kind: 'text', text: 'é' }]);
  expect(keyboard.composed('')).toEqual([]);
  expect(keyboard.keyUp(press('KeyE', 'e')).send).toEqual([]);
});

test('a character from a key that has no number is sent as text', () => {
  expect(new Keyboard().keyDown(press('', '€')).send).toEqual([{ kind: 'text', text: '€' }]);
});

test('Control, Alt and Shift let go without another key give the keyboard back, on X11 too', () => {
  const keyboard = new Keyboard();
  keyboard.keyDown(press('ShiftLeft', 'Shift', ['Shift']));
  keyboard.keyDown(press('ControlLeft', 'Control', ['Shift', 'Control']));
  // With Shift held, X11 calls the Alt key Meta.
  const alt = keyboard.keyDown(press('AltLeft', 'Meta', ['Shift', 'Control', 'Meta']));
  expect(alt.send).toEqual([down(0xe2, MODIFIER.shift | MODIFIER.control | MODIFIER.alt)]);
  expect(keyboard.keyUp(press('AltLeft', 'Meta', ['Shift', 'Control'])).release).toBe(true);
});

test('a shortcut with Control, Alt and Shift keeps the keyboard there', () => {
  const keyboard = new Keyboard();
  keyboard.keyDown(press('ControlLeft', 'Control', ['Control']));
  keyboard.keyDown(press('AltLeft', 'Alt', ['Control', 'Alt']));
  keyboard.keyDown(press('ShiftLeft', 'Shift', ['Control', 'Alt', 'Shift']));
  keyboard.keyDown(press('KeyT', 'T', ['Control', 'Alt', 'Shift']));
  expect(keyboard.keyUp(press('KeyT', 'T')).release).toBe(false);
  expect(keyboard.keyUp(press('ShiftLeft', 'Shift')).release).toBe(false);
});

test('the false Control that Windows makes for AltGr is let go at once', () => {
  const keyboard = new Keyboard();
  keyboard.keyDown(press('ControlLeft', 'Control', ['Control']));
  const altGraph = keyboard.keyDown(press('AltRight', 'AltGraph', ['AltGraph'], { timeStamp: 1_001 }));
  expect(altGraph.send).toEqual([{ kind: 'key_up', key: 0xe0 }, down(0xe6, MODIFIER.altGraph)]);
  expect(keyboard.keyUp(press('ControlLeft', 'Control')).send).toEqual([]);
});

test('when the keyboard goes elsewhere everything is let go, and old key-ups are not sent', () => {
  const keyboard = new Keyboard();
  keyboard.keyDown(press('KeyA', 'a'));
  expect(keyboard.blur()).toEqual([{ kind: 'release_all' }]);
  expect(keyboard.keyUp(press('KeyA', 'a')).send).toEqual([]);
});

test('AltGr counts while it is down, even in a browser that does not call it a modifier', () => {
  const keyboard = new Keyboard();
  const altGraph = keyboard.keyDown(press('AltRight', 'AltGraph'));
  expect(altGraph.send).toEqual([down(0xe6, MODIFIER.altGraph)]);
  expect(keyboard.keyDown(press('KeyQ', '@', ['Alt'])).send).toEqual([down(0x14, MODIFIER.altGraph, '@')]);
  keyboard.keyUp(press('AltRight', 'AltGraph'));
  expect(keyboard.keyDown(press('KeyE', 'e')).send).toEqual([down(0x08, 0, 'e')]);
});

test('a right Alt that is no AltGr is Alt', () => {
  const keyboard = new Keyboard();
  expect(keyboard.keyDown(press('AltRight', 'Alt', ['Alt'])).send).toEqual([down(0xe6, MODIFIER.alt)]);
});

test('a browser that never tells of Num Lock lets the number pad tell, and else says that it does not know', () => {
  const keyboard = new Keyboard();
  expect(keyboard.keyDown(press('Numpad1', '1')).send).toEqual([down(0x59, 0, '1', LOCK.num)]);
  expect(keyboard.keyDown(press('Numpad2', 'ArrowDown')).send).toEqual([down(0x5a, 0, '', 0)]);
  expect(keyboard.keyDown(press('KeyA', 'a')).send).toEqual([down(0x04, 0, 'a', NUM_UNKNOWN)]);
  expect(keyboard.keyDown(press('KeyB', 'b', ['NumLock'])).send).toEqual([down(0x05, 0, 'b', LOCK.num)]);
  expect(keyboard.keyDown(press('KeyC', 'c')).send).toEqual([down(0x06, 0, 'c', 0)]);
});
