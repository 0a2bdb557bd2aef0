/** The script of the relay's connect page, which puts the secret half of a link into the program's name. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = readFileSync(resolve(import.meta.dirname, '../../server-lite/src/http/page/page.js'), 'utf8');
// As `deskhand_protocol::package::name` pins it.
const STEM = 'deskhand_192.168.0.7_7470_144GJ289144GJ289_';
const SECRET = '1040G2081040G2081040G20810';
const NAME = 'deskhand_192.168.0.7_7470_144GJ289144GJ289_1040G2081040G2081040G20810C6';

/** What a browser can do: `getDisplayMedia`, `getUserMedia`, or neither. */
type Media = Record<string, unknown> | undefined;

function link(begun: Record<string, string>) {
  const attributes = new Map(Object.entries(begun));
  return {
    download: '',
    href: '',
    hidden: true,
    attributes,
    getAttribute: (name: string) => attributes.get(name) ?? null,
    setAttribute: (name: string, value: string) => void attributes.set(name, value),
  };
}

function run(hash: string, mediaDevices: Media = undefined) {
  const program = link({ 'data-stem': STEM, 'data-ending': '.exe', href: '/s/X/program/windows_x64' });
  const shares = ['screen', 'camera'].map((way) => link({ 'data-share': way, href: `/s/X/share?${way}` }));
  const page = { className: '' };
  const querySelectorAll = (selector: string) => (selector === 'a[data-stem]' ? [program] : shares);
  const document = { querySelectorAll, documentElement: page };
  const window = { RTCPeerConnection: true, WebSocket: true };
  // The script of a page is code by nature; it is our own file.
  const script = new Function('document', 'location', 'navigator', 'window', SCRIPT);
  script(document, { hash }, { mediaDevices }, window);
  const shown = shares.filter(({ hidden }) => !hidden).map(({ href }) => href);
  return { name: program.attributes.get('download'), href: program.href, page: page.className, shown };
}

test('the name is the one that the helper reads', () => {
  expect(run(`#${SECRET}`)).toEqual({
    name: `${NAME}.exe`,
    href: '/s/X/program/windows_x64?own',
    page: 'whole',
    shown: [],
  });
  expect(run(`#${SECRET.toLowerCase()}`).name).toBe(`${NAME}.exe`);
});

test('without a whole secret nothing is changed', () => {
  for (const hash of ['', '#', `#${SECRET.slice(1)}`, `#${SECRET}0`, `#${SECRET.replace(/./, '<')}`, '#../../x']) {
    expect(run(hash)).toEqual({ name: undefined, href: '', page: '', shown: [] });
  }
});

test('the way without a program is the one that the browser has, and takes the secret along', () => {
  expect(run('#x', { getDisplayMedia: true, getUserMedia: true }).shown).toEqual(['/s/X/share?screen#x']);
  expect(run('#x', { getUserMedia: true }).shown).toEqual(['/s/X/share?camera#x']);
  expect(run('#x', {}).shown).toEqual([]);
});
