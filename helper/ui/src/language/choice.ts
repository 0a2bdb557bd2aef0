/** Which languages the page speaks, and which one a person gets. */

/** Each by its own name, so that who understands none of the others finds his. */
export const languages = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  pt: 'Português',
  pl: 'Polski',
  tr: 'Türkçe',
  ar: 'العربية',
} as const;

export type Language = keyof typeof languages;

/** All of them, in the order of the switch. */
export const all = Object.keys(languages) as Language[];

/** Which way it is written. */
export function direction(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

export function isLanguage(tag: string | null | undefined): tag is Language {
  return tag != null && Object.hasOwn(languages, tag);
}

/** Picks from the languages a person prefers, best first; English, where none is spoken here. */
export function choose(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const primary = tag.toLowerCase().split(/[-_]/)[0];
    if (isLanguage(primary)) return primary;
  }
  return 'en';
}

/** By what times and numbers are written: as in the person's country where it is known, else as the language does. */
export function locale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => choose([tag]) === language && tag.toLowerCase().startsWith(language)) ?? language;
}
