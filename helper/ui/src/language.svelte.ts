/** What the page says now: the language that was chosen, else the package's, else the system's, else English. */

import { choose, direction, isLanguage, locale, type Language } from './language/choice';
import { keep, kept } from './kept';
import type { Words } from './language/en';
import { act } from './shell';

/** Each is a file of its own and comes when it is spoken: the window opens with one of them. */
const load: Record<Language, () => Promise<Words>> = {
  en: async () => (await import('./language/en')).en,
  de: async () => (await import('./language/de')).de,
  fr: async () => (await import('./language/fr')).fr,
  es: async () => (await import('./language/es')).es,
  pt: async () => (await import('./language/pt')).pt,
  pl: async () => (await import('./language/pl')).pl,
  tr: async () => (await import('./language/tr')).tr,
  ar: async () => (await import('./language/ar')).ar,
};

interface Spoken {
  language: Language;
  words: Words;
}

let spoken = $state.raw<Spoken>();

/** What is said now. Nothing may be drawn before the first [`speak`] has ended. */
export const speech = {
  get language(): Language {
    return spoken?.language ?? 'en';
  },
  get words(): Words {
    if (!spoken) throw new Error('no language is spoken yet');
    return spoken.words;
  },
  /** By what times and numbers are written. */
  get locale(): string {
    return locale(this.language, navigator.languages);
  },
};

const KEPT = 'language';

/** The language to begin with. */
export function firstLanguage(ofPackage: string | null): Language {
  const chosen = kept(KEPT);
  if (isLanguage(chosen)) return chosen;
  return isLanguage(ofPackage) ? ofPackage : choose(navigator.languages);
}

let wanted: Language | undefined;

/** Speaks it from now on. Of several that are asked for at once, the last counts. */
export async function speak(language: Language): Promise<void> {
  wanted = language;
  const words = await load[language]();
  if (wanted !== language) return;
  spoken = { language, words };
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  document.title = words.product;
  // The bar and the dialogs are the program's.
  act({ kind: 'speak', language });
}

/** The customer chose it. */
export async function switchTo(language: Language): Promise<void> {
  keep(KEPT, language);
  await speak(language);
}
