import { expect, test } from 'vitest';
import { LANGUAGES, chooseLanguage } from '../src/state/text';
import { en } from '../src/state/text/en';

type Node = string | ((...args: never[]) => string) | { [key: string]: Node };

/** Every sentence with its place: `home.title`. */
function sentences(node: Node, path = ''): [string, Exclude<Node, object> | ((...args: never[]) => string)][] {
  if (typeof node !== 'object') return [[path, node]];
  return Object.entries(node).flatMap(([key, child]) => sentences(child, path ? `${path}.${key}` : key));
}

const english = new Map(sentences(en as Node));

test.each(Object.entries(LANGUAGES))('%s has every sentence, and none that English does not have', (_, messages) => {
  const found = new Map(sentences(messages as Node));
  expect([...found.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [path, sentence] of found) {
    expect([path, typeof sentence]).toEqual([path, typeof english.get(path)]);
    if (typeof sentence === 'string') expect([path, sentence.trim()]).not.toEqual([path, '']);
  }
});

test.each(Object.entries(LANGUAGES))('%s shows everything that a sentence is given', (_, messages) => {
  for (const [path, sentence] of sentences(messages as Node)) {
    if (typeof sentence !== 'function') continue;
    const say = sentence as (...args: unknown[]) => string;
    const values = Array.from({ length: say.length }, (_, index) => 71 + index);
    for (const value of values) expect([path, say(...values)]).toEqual([path, expect.stringContaining(String(value))]);
  }
});

test('the first preferred language that there is gets chosen', () => {
  expect(chooseLanguage(['fr-FR', 'de-AT', 'en-US'])).toBe('de');
  expect(chooseLanguage(['fr', 'ja'])).toBe('en');
  expect(chooseLanguage(['constructor', 'toString'])).toBe('en');
  expect(chooseLanguage([])).toBe('en');
});
