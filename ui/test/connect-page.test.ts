/** The script of the relay's connect page, which puts the secret half of a link into the program's name. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = readFileSync(resolve(import.meta.dirname, '../../server-lite/src/http/page/page.js'), 'utf8');
// As `deskhand_protocol::package::name` pins it.
const STEM = 'deskhand_192.168.0.7_7470_144GJ289144GJ289_';
const SECRET = '1040G2081040G2081040G20810';
const NAME = 'deskhand_192.168.0.7_7470_144GJ289144GJ289_1040G2081040G2081040G20810C6';

function run(hash: string) {
  const attributes = new Map([
    ['data-stem', STEM],
    ['data-ending', '.exe'],
    ['href', '/s/X/program/windows_x64'],
  ]);
  const link = {
    download: '',
    href: '',
    getAttribute: (name: string) => attributes.get(name) ?? null,
    setAttribute: (name: string, value: string) => void attributes.set(name, value),
  };
  const page = { className: '' };
  const document = { querySelectorAll: () => [link], documentElement: page };
  // The script of a page is code by nature; it is our own file.
  new Function('document', 'location', SCRIPT)(document, { hash });
  return { name: attributes.get('download'), href: link.href, page: page.className };
}

test('the name is the one that the helper reads', () => {
  expect(run(`#${SECRET}`)).toEqual({ name: `${NAME}.exe`, href: '/s/X/program/windows_x64?own', page: 'whole' });
  expect(run(`#${SECRET.toLowerCase()}`).name).toBe(`${NAME}.exe`);
});

test('without a whole secret nothing is changed', () => {
  for (const hash of ['', '#', `#${SECRET.slice(1)}`, `#${SECRET}0`, `#${SECRET.replace(/./, '<')}`, '#../../x']) {
    expect(run(hash)).toEqual({ name: undefined, href: '', page: '' });
  }
});
