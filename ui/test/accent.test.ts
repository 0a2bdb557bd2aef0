/** The accent from the brand: legible for every colour there is. */

import { expect, test } from 'vitest';
import { accentsOf, contrast, parseColour, wearAccent } from '../src/state/accent';

const rgb = (hex: string) => parseColour(hex) ?? [0, 0, 0];
const GROUNDS = { light: ['#ffffff', '#f5f6f8', '#eceef2'], dark: ['#15181d', '#1c2026', '#23282f'] } as const;

test('contrast is that of WCAG', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrast(rgb('#767676'), [255, 255, 255])).toBeCloseTo(4.54, 2);
});

test('whatever the brand, the accent is read on every ground, and what stands on it too', () => {
  const parts = ['00', '40', '80', 'c0', 'ff'];
  for (const colour of parts.flatMap((r) => parts.flatMap((g) => parts.map((b) => `#${r}${g}${b}`)))) {
    const accents = accentsOf(colour);
    for (const look of ['light', 'dark'] as const) {
      const { accent = '', soft = '', on = '' } = accents?.[look] ?? {};
      for (const ground of [...GROUNDS[look], soft, on])
        expect(contrast(rgb(accent), rgb(ground)), `${colour}, ${look}: ${accent} on ${ground}`).toBeGreaterThanOrEqual(
          4.5,
        );
    }
  }
});

test('a colour that is legible already stays what it is', () => {
  expect(accentsOf('#7a1f5c')?.light.accent).toBe('#7a1f5c');
  expect(accentsOf('#7a1f5c')?.dark.accent).not.toBe('#7a1f5c');
});

test('what is no colour changes nothing, and no brand takes the accent back', () => {
  const set = new Map<string, string>();
  const style = {
    setProperty: (name: string, value: string) => void set.set(name, value),
    removeProperty: (name: string) => void set.delete(name),
  } as unknown as CSSStyleDeclaration;
  for (const wrong of ['red; --page: red', '#12', '', '#12345g']) expect(accentsOf(wrong)).toBeNull();
  wearAccent('#7a1f5c', style);
  expect(set.get('--brand-light-accent')).toBe('#7a1f5c');
  wearAccent(null, style);
  expect(set.size).toBe(0);
});
