/** The sentences of the system's language. Chosen once; a system that changes its language restarts its programs. */

import { de } from './de';
import { en, type Messages } from './en';

export const LANGUAGES: Readonly<Record<string, Messages>> = { en, de };

/** The first language that the system prefers and we have. */
export function chooseLanguage(preferred: readonly string[]): string {
  return preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? 'en';
}

export const language = chooseLanguage(typeof navigator === 'undefined' ? [] : navigator.languages);
export const t: Messages = LANGUAGES[language] ?? en;
