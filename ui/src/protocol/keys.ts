/**
 * `KeyboardEvent.code` to USB HID usage id: a number below 0x0100 is of the keyboard page (0x07), one with bit 15 set of
 * the consumer page (0x0C). From the USB HID Usage Tables 1.12 and the W3C's UI Events KeyboardEvent code values.
 */

const CONSUMER = 0x8000;

/** `count` codes in a row, beginning at `first`. */
function row(first: number, codes: readonly string[]): [string, number][] {
  return codes.map((code, index) => [code, first + index]);
}

const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter) => `Key${letter}`);
const digits = Array.from('1234567890', (digit) => `Digit${digit}`);
const functionKeys = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `F${from + i}`);

const USAGE: ReadonlyMap<string, number> = new Map([
  ...row(0x04, letters),
  ...row(0x1e, digits),
  ...row(0x28, ['Enter', 'Escape', 'Backspace', 'Tab', 'Space', 'Minus', 'Equal', 'BracketLeft', 'BracketRight']),
  ['Backslash', 0x31],
  // 0x32 is the same key on boards with another shape; browsers say `Backslash` for both.
  ...row(0x33, ['Semicolon', 'Quote', 'Backquote', 'Comma', 'Period', 'Slash', 'CapsLock']),
  ...row(0x3a, functionKeys(1, 12)),
  ...row(0x46, ['PrintScreen', 'ScrollLock', 'Pause', 'Insert', 'Home', 'PageUp', 'Delete', 'End', 'PageDown']),
  ...row(0x4f, ['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'NumLock']),
  ...row(0x54, ['NumpadDivide', 'NumpadMultiply', 'NumpadSubtract', 'NumpadAdd', 'NumpadEnter']),
  ...row(
    0x59,
    Array.from('1234567890', (digit) => `Numpad${digit}`),
  ),
  ...row(0x63, ['NumpadDecimal', 'IntlBackslash', 'ContextMenu', 'Power', 'NumpadEqual']),
  ...row(0x68, functionKeys(13, 24)),
  ['Open', 0x74],
  ['Help', 0x75],
  ['Select', 0x77],
  ...row(0x79, ['Again', 'Undo', 'Cut', 'Copy', 'Paste', 'Find']),
  ['Props', 0xa3],
  ['NumpadComma', 0x85],
  ...row(0x87, ['IntlRo', 'KanaMode', 'IntlYen', 'Convert', 'NonConvert']),
  ...row(0x90, ['Lang1', 'Lang2', 'Lang3', 'Lang4', 'Lang5']),
  ['NumpadParenLeft', 0xb6],
  ['NumpadParenRight', 0xb7],
  ['NumpadBackspace', 0xbb],
  ['NumpadMemoryStore', 0xd0],
  ['NumpadMemoryRecall', 0xd1],
  ['NumpadMemoryClear', 0xd2],
  ['NumpadMemoryAdd', 0xd3],
  ['NumpadMemorySubtract', 0xd4],
  ['NumpadClear', 0xd8],
  ['NumpadClearEntry', 0xd9],
  ...row(0xe0, ['ControlLeft', 'ShiftLeft', 'AltLeft', 'MetaLeft']),
  ...row(0xe4, ['ControlRight', 'ShiftRight', 'AltRight', 'MetaRight']),
  // Older engines' names of the same keys.
  ['OSLeft', 0xe3],
  ['OSRight', 0xe7],
  ['Sleep', CONSUMER | 0x32],
  ['BrightnessUp', CONSUMER | 0x6f],
  ['BrightnessDown', CONSUMER | 0x70],
  ['MediaPlay', CONSUMER | 0xb0],
  ['MediaPause', CONSUMER | 0xb1],
  ['MediaRecord', CONSUMER | 0xb2],
  ['MediaFastForward', CONSUMER | 0xb3],
  ['MediaRewind', CONSUMER | 0xb4],
  ['MediaTrackNext', CONSUMER | 0xb5],
  ['MediaTrackPrevious', CONSUMER | 0xb6],
  ['MediaStop', CONSUMER | 0xb7],
  ['Eject', CONSUMER | 0xb8],
  ['MediaPlayPause', CONSUMER | 0xcd],
  ['AudioVolumeMute', CONSUMER | 0xe2],
  ['AudioVolumeUp', CONSUMER | 0xe9],
  ['AudioVolumeDown', CONSUMER | 0xea],
  ['VolumeMute', CONSUMER | 0xe2],
  ['VolumeUp', CONSUMER | 0xe9],
  ['VolumeDown', CONSUMER | 0xea],
  ['MediaSelect', CONSUMER | 0x183],
  ['LaunchMail', CONSUMER | 0x18a],
  ['LaunchApp2', CONSUMER | 0x192],
  ['LaunchApp1', CONSUMER | 0x194],
  ['BrowserSearch', CONSUMER | 0x221],
  ['BrowserHome', CONSUMER | 0x223],
  ['BrowserBack', CONSUMER | 0x224],
  ['BrowserForward', CONSUMER | 0x225],
  ['BrowserStop', CONSUMER | 0x226],
  ['BrowserRefresh', CONSUMER | 0x227],
  ['BrowserFavorites', CONSUMER | 0x22a],
]);

/** The usage id of a `KeyboardEvent.code`; `undefined` for a key that has none. */
export function keyUsage(code: string): number | undefined {
  return USAGE.get(code);
}

/** Every code with a usage id, for tests. */
export function knownCodes(): string[] {
  return [...USAGE.keys()];
}
