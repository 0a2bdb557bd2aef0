import { render } from 'svelte/server';
import { expect, test, vi } from 'vitest';
import { all } from '../language/choice';
import type { Permission } from '../generated';

vi.stubGlobal('navigator', { languages: ['en'] });
vi.stubGlobal('document', { documentElement: {}, title: '' });
vi.mock('../shell', () => ({ act: () => undefined }));

const { speak, speech } = await import('../language.svelte');
const { default: Permissions } = await import('./Permissions.svelte');

/** What the customer reads, and nothing of how it is made. */
function shown(missing: Permission[]): string {
  return render(Permissions, { props: { missing } })
    .body.replace(/<!--.*?-->|<[^>]*>/gs, ' ')
    .replace(/\s+/g, ' ');
}

test.each(all)('what a Mac has to be allowed is said in %s, and no more than that', async (language) => {
  await speak(language);
  const { title, lead, screen, hands, how, safe } = speech.words.permissions;
  const both = shown(['screen', 'hands']);
  for (const sentence of [title, lead, how, safe, ...Object.values(screen), ...Object.values(hands)]) {
    expect(both).toContain(sentence);
  }
  expect(both.indexOf(screen.open)).toBeLessThan(both.indexOf(hands.open));
  const hand = shown(['hands']);
  expect(hand).toContain(hands.open);
  expect(hand).not.toContain(screen.open);
});
