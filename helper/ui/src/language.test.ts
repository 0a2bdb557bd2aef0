import { expect, test, vi } from 'vitest';

vi.stubGlobal('navigator', { languages: ['en'] });
const { choose } = await import('./language');
const { en } = await import('./language/en');
const { de } = await import('./language/de');

/** Every sentence with its place. */
function sentences(words: object, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const place = `${path}/${key}`;
    if (typeof value === 'function') return [[place, String((value as (name: string) => string)('NAME'))]];
    return typeof value === 'string' ? [[place, value]] : sentences(value as object, place);
  });
}

test('the first language that is spoken here is chosen', () => {
  expect(choose(['de-AT', 'en'])).toBe('de');
  expect(choose(['fr', 'de'])).toBe('de');
  expect(choose(['en-GB', 'de'])).toBe('en');
  expect(choose(['fr'])).toBe('en');
  expect(choose([])).toBe('en');
});

test('both languages say everything, each in its own words', () => {
  const english = new Map(sentences(en));
  const german = new Map(sentences(de));
  expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [place, sentence] of german) {
    expect(sentence.trim(), place).not.toBe('');
    const same = place === '/chat/title';
    expect(sentence === english.get(place), place).toBe(same);
  }
});

test('what a person is called stands in the sentence as it is', () => {
  for (const words of [en, de]) {
    expect(words.consent.lead('<b>Eve</b>')).toContain('<b>Eve</b>');
    expect(words.consent.left(1)).not.toContain('1 seconds');
  }
});
