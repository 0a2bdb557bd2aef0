import { expect, test } from 'vitest';
import { de } from '../language/de';
import { en } from '../language/en';
import { reachOf } from './reach';

test('a message is on its way, sent, delivered, read', () => {
  const marks = { delivered: 4, read: 2 };
  expect([null, 1, 2, 3, 4, 5].map((seq) => reachOf(seq, marks))).toEqual([
    null,
    'read',
    'read',
    'delivered',
    'delivered',
    'sent',
  ]);
});

test('each has a name of its own', () => {
  for (const { chat } of [en, de]) expect(new Set(Object.values(chat.reach)).size).toBe(3);
});
