/** A number with the thing that is counted, in the form that the language has for that number. */

import type { Language } from './choice';

/** The forms of a sentence; `#` stands for the number. Which of them a language needs, `Intl.PluralRules` says. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Makes the sentence for a number. */
export function counted(language: Language, forms: Forms): (count: number) => string {
  const rules = new Intl.PluralRules(language);
  const digits = new Intl.NumberFormat(language);
  return (count) => (forms[rules.select(count)] ?? forms.other).replaceAll('#', digits.format(count));
}
