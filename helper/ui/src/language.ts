/** The page speaks the system's language where it can, else English. */

import { de } from './language/de';
import { en, type Words } from './language/en';

/** Picks from the languages a person prefers, best first. */
export function choose(preferred: readonly string[]): 'de' | 'en' {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'de' || primary === 'en') return primary;
  }
  return 'en';
}

const asked = globalThis.document?.documentElement.dataset['language'];

export const language = choose(asked ? [asked] : navigator.languages);

export const words: Words = language === 'de' ? de : en;
