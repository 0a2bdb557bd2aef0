import { beforeEach, expect, test, vi } from 'vitest';

const kept = new Map<string, string>();
const acts: unknown[] = [];
const root = { lang: '', dir: '', style: {} };

vi.stubGlobal('navigator', { languages: ['pl-PL', 'en'] });
vi.stubGlobal('document', { documentElement: root, title: '' });
vi.stubGlobal('sessionStorage', {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => kept.set(name, value),
});
vi.mock('./shell', () => ({ act: (action: unknown) => acts.push(action) }));

const { firstLanguage, speak, speech, switchTo } = await import('./language.svelte');

beforeEach(() => {
  kept.clear();
  acts.length = 0;
});

test('what the customer chose comes before the package, and the package before the system', async () => {
  expect(firstLanguage(null)).toBe('pl');
  expect(firstLanguage('de')).toBe('de');
  await switchTo('tr');
  expect(firstLanguage('de')).toBe('tr');
  kept.set('language', 'klingon');
  expect(firstLanguage('de')).toBe('de');
});

test('the page, its direction and the program follow', async () => {
  await speak('ar');
  expect([root.lang, root.dir]).toEqual(['ar', 'rtl']);
  expect(speech.words.end).toBe('إنهاء الجلسة');
  expect(acts).toEqual([{ kind: 'speak', language: 'ar' }]);
  await speak('fr');
  expect([root.lang, root.dir, document.title]).toEqual(['fr', 'ltr', 'Assistant Deskhand']);
  expect(speech.locale).toBe('fr');
});

test('only a choice of the customer is kept', async () => {
  await speak('es');
  expect(kept.size).toBe(0);
});

test('of several that are asked for at once the last is spoken', async () => {
  await Promise.all([speak('pt'), speak('pl'), speak('de')]);
  expect(speech.language).toBe('de');
  expect(acts).toEqual([{ kind: 'speak', language: 'de' }]);
});

test('where nothing can be kept a language can be chosen all the same', async () => {
  vi.stubGlobal('sessionStorage', undefined);
  await switchTo('es');
  expect(speech.language).toBe('es');
  expect(firstLanguage(null)).toBe('pl');
});
