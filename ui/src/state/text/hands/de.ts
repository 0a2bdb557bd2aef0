/** Sentences of what is done with mouse and keyboard, in German. */

import type { KeysText, ToolsText } from './en';

export const tools: ToolsText = {
  title: 'Ihre Maus',
  names: { use: 'Bedienen', point: 'Zeigen', pen: 'Stift', arrow: 'Pfeil', box: 'Rahmen' },
  hints: {
    use: 'Klickt und tippt auf dem Computer des Kunden',
    point: 'Zeigt Ihren Zeiger mit Ihrem Namen, berührt nichts',
    pen: 'Zeichnet auf den Bildschirm des Kunden, berührt nichts',
    arrow: 'Vom Anfang bis zu dem ziehen, was Sie meinen',
    box: 'Um das ziehen, was Sie meinen',
  },
  clear: 'Zeichnungen löschen',
};

export const keys: KeysText = {
  title: 'Sondertasten',
  text: 'Tasten',
  send: 'An den Kunden senden',
  functionKeys: 'Funktionstasten',
  names: {
    ControlLeft: 'Strg',
    ShiftLeft: 'Umschalt',
    AltLeft: 'Alt',
    MetaLeft: 'Super',
    Delete: 'Entf',
    Escape: 'Esc',
    Tab: 'Tab',
    PrintScreen: 'Druck',
    Pause: 'Pause',
    ContextMenu: 'Menütaste',
  },
  system: 'Auch Systemkürzel senden',
  systemHint: 'Alt+Tab, Super und dergleichen gehen an den Kunden, solange das Bild die Tastatur hat.',
  systemRefused:
    'Ein anderes Programm auf diesem Computer hält die Tastatur fest. Schließen Sie sein Menü oder Fenster und versuchen Sie es noch einmal.',
  typeText: 'Text tippen',
  typeHint:
    'Für Felder, in die sich nichts einfügen lässt: Jedes Zeichen wird wie auf der Tastatur des Kunden getippt.',
  typeField: 'Text zum Tippen',
  typeTooLong: (max: string) => `Nur die ersten ${max} Zeichen werden getippt.`,
  type: 'Tippen',
  typing: (done: string, total: string) => `Es wird getippt: ${done} von ${total} Zeichen`,
  cancelTyping: 'Tippen abbrechen',
};
