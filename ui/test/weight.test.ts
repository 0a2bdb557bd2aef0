/** What counts as script before a session opens. */

import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { MOST, early, weigh, type Weighed } from '../dev/weight';

const chunk = (some: Partial<Weighed>): Weighed => ({
  code: 'x',
  isEntry: false,
  imports: [],
  dynamicImports: [],
  facadeModuleId: null,
  ...some,
});

test('the entry, what it imports and what follows by itself count; screens opened later do not', () => {
  const chunks = new Map([
    ['index', chunk({ isEntry: true, imports: ['shared'], dynamicImports: ['screen', 'projector'] })],
    ['shared', chunk({ imports: ['index'] })],
    ['screen', chunk({ imports: ['only-screen'] })],
    ['only-screen', chunk({})],
    ['projector', chunk({ facadeModuleId: '/src/transport/projector.ts', imports: ['painter'] })],
    ['painter', chunk({})],
  ]);
  expect(early(chunks).sort()).toEqual(['index', 'painter', 'projector', 'shared']);
});

test('a screen that slips into the entry is noticed', () => {
  const screen = chunk({ code: randomBytes(MOST).toString('base64') });
  const chunks = new Map([
    ['index', chunk({ isEntry: true, dynamicImports: ['screen'] })],
    ['screen', screen],
  ]);
  expect(weigh(chunks)).toBeLessThan(100);
  chunks.set('index', chunk({ isEntry: true, imports: ['screen'] }));
  expect(weigh(chunks)).toBeGreaterThan(MOST);
});
