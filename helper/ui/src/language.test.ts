import { expect, test } from 'vitest';
import { all, choose, direction, languages, locale, type Language } from './language/choice';
import { ar } from './language/ar';
import { de } from './language/de';
import { en, type Words } from './language/en';
import { es } from './language/es';
import { fr } from './language/fr';
import { isolate } from './language/isolate';
import { pl } from './language/pl';
import { counted } from './language/plural';
import { pt } from './language/pt';
import { tr } from './language/tr';

const spoken: Record<Language, Words> = { en, de, fr, es, pt, pl, tr, ar };
const others = all.filter((language) => language !== 'en');

/** Every sentence with its place. */
function sentences(words: object, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const place = `${path}/${key}`;
    if (place === '/consent/left') return [[place, (value as (count: number) => string)(7)]];
    if (typeof value === 'function') return [[place, String((value as (name: string) => string)('NAME'))]];
    return typeof value === 'string' ? [[place, value]] : sentences(value as object, place);
  });
}

const english = new Map(sentences(en));

test('the first language that is spoken here is chosen', () => {
  expect(choose(['de-AT', 'en'])).toBe('de');
  expect(choose(['nl', 'fr-CA', 'de'])).toBe('fr');
  expect(choose(['pt-BR'])).toBe('pt');
  expect(choose(['ar_EG'])).toBe('ar');
  expect(choose(['en-GB', 'de'])).toBe('en');
  expect(choose(['nl'])).toBe('en');
  expect(choose(['toString', 'constructor'])).toBe('en');
  expect(choose([])).toBe('en');
});

test('times are written as in the country of the person, if it is one of that language', () => {
  expect(locale('de', ['en-US', 'de-AT'])).toBe('de-AT');
  expect(locale('ar', ['de-AT'])).toBe('ar');
});

test('only Arabic is written from right to left', () => {
  expect(all.filter((language) => direction(language) === 'rtl')).toEqual(['ar']);
  expect(new Intl.Locale('ar').maximize().script).toBe('Arab');
});

test('each language stands in the switch by its own name', () => {
  for (const language of all) {
    const own = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? '';
    expect(languages[language].toLocaleLowerCase(language)).toBe(own.toLocaleLowerCase(language));
  }
});

test.each(others)('%s says everything in its own words', (language) => {
  const own = new Map(sentences(spoken[language]));
  expect([...own.keys()].sort()).toEqual([...english.keys()].sort());
  // What one language calls like the other, and an address that need not be another.
  const same: Partial<Record<Language, string[]>> = { de: ['/chat/title'] };
  for (const [place, sentence] of own) {
    expect(sentence.trim(), place).not.toBe('');
    expect(sentence, place).toBe(sentence.normalize('NFC'));
    expect(sentence === english.get(place), `${place}: ${sentence}`).toBe(same[language]?.includes(place) ?? false);
    expect(sentence, place).not.toMatch(/\b(the|your|you|is|not|and|this|of)\b/i);
  }
});

test('Arabic is in Arabic letters, and nobody else’s is', () => {
  for (const language of all) {
    for (const [place, sentence] of sentences(spoken[language])) {
      if (place === '/field/example') continue;
      expect(/\p{Script=Arabic}/u.test(sentence), `${language}${place}`).toBe(language === 'ar');
    }
  }
});

test.each(all)('what a person or a relay is called stands in the sentence as it is: %s', (language) => {
  for (const [place, sentence] of sentences(spoken[language])) {
    expect(sentence.includes('NAME'), place).toBe(english.get(place)?.includes('NAME') ?? false);
  }
  expect(spoken[language].consent.lead('<b>Eve</b>')).toContain('<b>Eve</b>');
  const name = isolate('إيف\u202E');
  expect(spoken[language].steps.live(name)).toContain(name);
});

test.each(all)('codes, addresses and names of files are the same everywhere: %s', (language) => {
  const own = new Map(sentences(spoken[language]));
  for (const [place, sentence] of english) {
    for (const fixed of ['K7MP-4QXD', 'support.deskhand', 'https', '.example.org']) {
      expect(own.get(place)?.includes(fixed), `${place} ${fixed}`).toBe(sentence.includes(fixed));
    }
  }
});

test.each(all)('a number of seconds is told in the form of its language: %s', (language) => {
  for (let count = 0; count <= 120; count += 1) {
    const sentence = spoken[language].consent.left(count);
    expect(sentence).not.toContain('#');
    expect(sentence).not.toMatch(/undefined|NaN/);
  }
});

test('the forms are the right ones', () => {
  const left = (language: Language, count: number): string => spoken[language].consent.left(count);
  expect(left('en', 1)).toContain('1 second.');
  expect(left('de', 2)).toContain('2 Sekunden ');
  expect(left('fr', 0)).toContain('0 seconde.');
  expect(left('fr', 2)).toContain('2 secondes');
  expect(left('pl', 1)).toContain('1 sekundę');
  expect(left('pl', 3)).toContain('3 sekundy');
  expect(left('pl', 12)).toContain('12 sekund ');
  expect(left('pl', 22)).toContain('22 sekundy');
  expect(left('ar', 1)).toContain('ثانية واحدة');
  expect(left('ar', 2)).toContain('ثانيتين');
  expect(left('ar', 5)).toContain('ثوانٍ');
  expect(left('ar', 30)).toMatch(/(30|٣٠) ثانية/);
});

test('a form that a language lacks is the common one', () => {
  expect(counted('pl', { other: '# x' })(2)).toBe('2 x');
});
