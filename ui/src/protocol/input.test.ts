import { expect, test } from 'vitest';
import { decodeInput, encodeInput, share } from './input';
import { keyUsage, knownCodes } from './keys';
import { newId, uuidBytes } from './uuid';

test('a text over its limit is cut at the edge of a character', () => {
  const message = decodeInput(encodeInput({ kind: 'text', seq: 1, text: 'ü'.repeat(600) }));
  expect(message).toEqual({ kind: 'text', seq: 1, text: 'ü'.repeat(512) });
  const key = decodeInput(
    encodeInput({ kind: 'key_down', seq: 1, key: 4, modifiers: 0, locks: 0, text: 'x' + '👋'.repeat(9) }),
  );
  expect(key).toMatchObject({ text: 'x' + '👋'.repeat(7) });
});

test('every pixel of a screen comes back as the same pixel', () => {
  for (const size of [1, 2, 768, 1080, 1366, 1920, 3840, 7680]) {
    for (let pixel = 0; pixel < size; pixel += 1) {
      expect(Math.floor((share(pixel, size) * size) / 65536)).toBe(pixel);
    }
  }
  expect(share(-5, 1920)).toBe(share(0, 1920));
  expect(share(9999, 1920)).toBe(share(1919, 1920));
});

test('keys have the usage ids of the HID tables', () => {
  const expected: Record<string, number> = {
    KeyA: 0x04, KeyZ: 0x1d, Digit1: 0x1e, Digit0: 0x27, Enter: 0x28, Space: 0x2c, BracketRight: 0x30, Backslash: 0x31,
    Semicolon: 0x33, Slash: 0x38, CapsLock: 0x39, F1: 0x3a, F12: 0x45, PrintScreen: 0x46, Delete: 0x4c, PageDown: 0x4e,
    ArrowUp: 0x52, NumLock: 0x53, NumpadEnter: 0x58, Numpad1: 0x59, Numpad0: 0x62, NumpadDecimal: 0x63,
    IntlBackslash: 0x64, ContextMenu: 0x65, F13: 0x68, F24: 0x73, Find: 0x7e, IntlRo: 0x87, NonConvert: 0x8b, Lang5: 0x94,
    ControlLeft: 0xe0, MetaLeft: 0xe3, AltRight: 0xe6, MetaRight: 0xe7, MediaPlayPause: 0x80cd, AudioVolumeUp: 0x80e9,
    BrowserBack: 0x8224,
  }; // prettier-ignore
  for (const [code, usage] of Object.entries(expected)) expect([code, keyUsage(code)]).toEqual([code, usage]);
  expect(keyUsage('Unidentified')).toBeUndefined();
  expect(keyUsage('constructor')).toBeUndefined();
  expect(knownCodes().length).toBeGreaterThan(150);
});

test('ids are UUIDs of version 7 that sort by time', () => {
  const early = newId(1_700_000_000_000);
  const late = newId(1_700_000_000_001);
  expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(early < late).toBe(true);
  expect(parseInt(early.slice(0, 13).replace('-', ''), 16)).toBe(1_700_000_000_000);
  expect(uuidBytes('00112233-4455-7677-8899-aabbccddeeff')).toEqual(
    Uint8Array.from([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x76, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff]),
  );
  expect(() => uuidBytes('../etc/passwd')).toThrow(RangeError);
});
