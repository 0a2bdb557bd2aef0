/** The keys that work on every screen, as people read them. */

import { t } from './text';

const mac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);

/** The key that makes a letter a command. */
export const modifier = mac ? '⌘' : 'Ctrl';

const words = t.records.commands.keys;

export const keyList: readonly (readonly [keys: string, what: string])[] = [
  [`${modifier} K`, words.commands],
  ['?', words.help],
  ['N', words.newSession],
  [`${modifier} 1 … 5`, words.go],
  [`${modifier} ,`, words.settings],
  ['/', words.search],
  ['↑ ↓ Enter', words.rows],
  ['Alt ← →', words.back],
  ['Esc', words.close],
  ['Ctrl Alt Shift S', words.figures],
  ['Ctrl Alt Shift PgUp PgDn Home', words.zoom],
  ['Ctrl Alt Shift', words.release],
];
