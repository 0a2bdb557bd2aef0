import { expect, test } from 'vitest';
import { working } from '../generated';
import { grouped } from './groups';

test('each capability stands once, under one heading', () => {
  const all = working.map(([capability]) => capability);
  const groups = grouped(all);
  expect(groups.flatMap((group) => group.capabilities).sort()).toEqual([...all].sort());
  expect(new Set(groups.map((group) => group.group)).size).toBe(groups.length);
});

test('only what is given is shown', () => {
  expect(grouped(['view'])).toEqual([{ group: 'look', capabilities: ['view'] }]);
  expect(grouped([])).toEqual([]);
  expect(grouped(['terminal'])).toEqual([]);
});
