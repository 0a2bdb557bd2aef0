/** Sentences of what is done with mouse and keyboard, in English. */

export const tools = {
  title: 'Your mouse',
  names: { use: 'Use', point: 'Point', pen: 'Pen', arrow: 'Arrow', box: 'Box' },
  hints: {
    use: 'Clicks and types on the customer’s computer',
    point: 'Shows your pointer with your name, touches nothing',
    pen: 'Draws on the customer’s screen, touches nothing',
    arrow: 'Drag from where it begins to what you mean',
    box: 'Drag around what you mean',
  },
  clear: 'Clear drawings',
};

export const keys = {
  title: 'Special keys',
  text: 'Keys',
  send: 'Send to the customer',
  functionKeys: 'Function keys',
  names: {
    ControlLeft: 'Ctrl',
    ShiftLeft: 'Shift',
    AltLeft: 'Alt',
    MetaLeft: 'Super',
    Delete: 'Del',
    Escape: 'Esc',
    Tab: 'Tab',
    PrintScreen: 'Print Screen',
    Pause: 'Pause',
    ContextMenu: 'Menu key',
  },
  system: 'Send system shortcuts too',
  systemHint: 'Alt+Tab, Super and their like go to the customer while the picture has the keyboard.',
  systemRefused: 'Another program on this computer holds the keyboard. Close its menu or window and try again.',
  typeText: 'Type text',
  typeHint: 'For fields that take no paste: every character is typed as if on the customer’s keyboard.',
  typeField: 'Text to type',
  typeTooLong: (max: string) => `Only the first ${max} characters are typed.`,
  type: 'Type',
  typing: (done: string, total: string) => `Typing: ${done} of ${total} characters`,
  cancelTyping: 'Stop typing',
};

export type ToolsText = typeof tools;
export type KeysText = typeof keys;
