/** Who may import whom: the table of the architecture, read from the sources themselves. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');
const ICONS = resolve(import.meta.dirname, '../../icons');
/** What this bundle shares with the customer's page: bytes of the handshake, and nothing of a screen. */
const LINK = resolve(import.meta.dirname, '../../server-lite/link/page');

const MAY_IMPORT: Record<string, readonly string[]> = {
  app: ['features', 'components', 'state', 'transport', 'backend', 'protocol'],
  features: ['components', 'state'],
  components: [],
  state: ['transport', 'backend', 'protocol'],
  transport: ['backend', 'protocol'],
  backend: ['protocol', 'link'],
  protocol: [],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|svelte)$/.test(file) && !file.endsWith('.test.ts'));

function imports(file: string): string[] {
  const source = readFileSync(join(SRC, file), 'utf8');
  return [...source.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

/** The folder under `src` that an import leads to; `undefined` for a package. */
function target(file: string, name: string): string | undefined {
  if (!name.startsWith('.')) return undefined;
  const path = resolve(SRC, dirname(file), name);
  if (path.startsWith(ICONS)) return 'icons';
  if (path.startsWith(LINK)) return 'link';
  return relative(SRC, path).replaceAll('\\', '/');
}

test('every folder imports only what it may', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const [from = ''] = file.split('/');
    for (const name of imports(file)) {
      const path = target(file, name);
      if (path === undefined || path === 'icons') continue;
      const [to = ''] = path.split('/');
      if (to !== from && !MAY_IMPORT[from]?.includes(to)) wrong.push(`${file} imports ${path}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('no feature imports another feature', () => {
  const wrong = files
    .filter((file) => file.startsWith('features/'))
    .flatMap((file) => imports(file).map((name) => ({ file, path: target(file, name) })))
    .filter(({ file, path }) => path?.startsWith('features/') && path.split('/')[1] !== file.split('/')[1]);
  expect(wrong).toEqual([]);
});

test('only the desktop backend knows Tauri, and packages come in by one place each', () => {
  const packages = files.flatMap((file) =>
    imports(file)
      .filter((name) => !name.startsWith('.'))
      .map((name) => `${name} in ${file}`),
  );
  const allowed = packages.filter(
    (use) =>
      /^svelte(\/[a-z]+)? in /.test(use) ||
      use.endsWith(' in backend/tauri.ts') ||
      use === '@noble/curves/ed25519.js in backend/web/call/handshake.ts' ||
      use === '@noble/hashes/sha2.js in backend/web/call/carry.ts' ||
      use === 'fflate in protocol/tile.ts' ||
      use === 'uqr in state/qr.ts' ||
      use === 'virtual:licences in features/settings/Licences.svelte' ||
      use === 'virtua/svelte in components/VirtualTable.svelte' ||
      /^bits-ui in (components\/|app\/Commands)/.test(use),
  );
  expect(packages).toEqual(allowed);
});

test('what is for looking and for tests is not part of the product', () => {
  expect(files.flatMap(imports).filter((name) => /(^|\/)(dev|test)\//.test(name))).toEqual([]);
});

test('no text of others becomes markup', () => {
  const wrong = files.filter((file) =>
    /\{@html|innerHTML|outerHTML|insertAdjacentHTML/.test(readFileSync(join(SRC, file), 'utf8')),
  );
  expect(wrong).toEqual([]);
});

test('no file is so long that nobody reads it', () => {
  const long = files.filter(
    (file) => !file.includes('generated/') && readFileSync(join(SRC, file), 'utf8').split('\n').length > 400,
  );
  expect(long).toEqual([]);
});
