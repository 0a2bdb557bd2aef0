/** The licences of what the page is made of, read from the packages when it is built: `virtual:licences`. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

export interface Licence {
  name: string;
  version: string;
  licence: string;
  text: string;
}

interface Manifest {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

/** Built with, and part of what is built. Its own dependencies are those of its compiler. */
const RUNTIME = ['svelte'];

/** What the page depends on, with all that this depends on, by name. */
export function licences(root: string): Licence[] {
  const read = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const found = new Map<string, Licence>();
  const take = (name: string, from: string, deep: boolean): void => {
    const folder = [join(from, 'node_modules', name), join(root, 'node_modules', name)].find((one) =>
      existsSync(join(one, 'package.json')),
    );
    if (!folder || found.has(name)) return;
    const { version, license = '', dependencies = {} } = read(folder);
    const file = readdirSync(folder).find((one) => /^licen[cs]e(\.md|\.txt)?$/i.test(one));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    if (!license && !text) throw new Error(`${name} does not say under which licence it is`);
    // Some say it in their text alone.
    found.set(name, { name, version, licence: license || (text.split('\n')[0] ?? '').trim(), text });
    if (deep) for (const next of Object.keys(dependencies)) take(next, folder, true);
  };
  for (const name of RUNTIME) take(name, root, false);
  for (const name of Object.keys(read(root).dependencies ?? {})) take(name, root, true);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function licencesModule(root: string): Plugin {
  const ID = 'virtual:licences';
  return {
    name: 'deskhand-licences',
    resolveId: (id) => (id === ID ? `\0${ID}` : undefined),
    load: (id) => (id === `\0${ID}` ? `export default ${JSON.stringify(licences(root))};` : undefined),
  };
}
