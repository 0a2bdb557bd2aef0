/**
 * Packs the built page into one file, which the relay's program carries and serves to browsers
 * (`server-lite/src/bundle.rs` has the form). It is the very page that the desktop program carries.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const BEGINNING = 'DHPAGE1\n';

/** One file of the page. */
export interface PageFile {
  path: string;
  bytes: Uint8Array;
}

/** All of them as one. */
export function pack(files: readonly PageFile[]): Uint8Array {
  const parts: Uint8Array[] = [Buffer.from(BEGINNING)];
  for (const { path, bytes } of files) {
    const packed = gzipSync(bytes, { level: 9 });
    const name = Buffer.from(path);
    const lengths = [Buffer.alloc(2), Buffer.alloc(4)] as const;
    lengths[0].writeUInt16BE(name.length);
    lengths[1].writeUInt32BE(packed.length);
    parts.push(lengths[0], name, lengths[1], packed);
  }
  return Buffer.concat(parts);
}

/** What lies in a folder, in an order that is the same everywhere. */
function filesOf(folder: string): PageFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path).split(sep).join('/'), bytes: readFileSync(path) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

export function bundle(root: string): Plugin {
  const to = join(root, 'dist-browser', 'console.bundle');
  return {
    name: 'deskhand-bundle',
    apply: (_, { command, mode }) => command === 'build' && mode === 'production',
    writeBundle(options) {
      if (!options.dir) return;
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, pack(filesOf(options.dir)));
    },
  };
}
