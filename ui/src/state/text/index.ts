/** The sentences of the chosen language, or of the system's. Chosen once, when the page starts. */

import { de } from './de';
import { en, type Messages } from './en';

export const LANGUAGES: Readonly<Record<string, Messages>> = { en, de };

/** The first language that the system prefers and we have. */
export function chooseLanguage(preferred: readonly string[]): string {
  return preferred.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? 'en';
}

/** Where the choice of a technician is kept; none is the system's language. */
const KEPT = 'deskhand/language';

/** What was chosen here, if there is such a language. */
export function keptLanguage(): string | null {
  try {
    const kept = localStorage.getItem(KEPT);
    return kept !== null && Object.hasOwn(LANGUAGES, kept) ? kept : null;
  } catch {
    return null;
  }
}

/** From the next start of the page; empty for the system's. */
export function keepLanguage(tag: string): void {
  try {
    if (tag) localStorage.setItem(KEPT, tag);
    else localStorage.removeItem(KEPT);
  } catch {
    // Without a store it stays the system's.
  }
}

export const systemLanguage = chooseLanguage(typeof navigator === 'undefined' ? [] : navigator.languages);
export const language = keptLanguage() ?? systemLanguage;
export const t: Messages = LANGUAGES[language] ?? en;
