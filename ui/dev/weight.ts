/**
 * Holds the page to its weight: how much script is fetched before a session is opened. The build fails when it is more.
 * Gzip is how a relay sends it; the desktop program reads it from itself.
 */

import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Bytes, compressed, before a session is opened. */
export const MOST = 150_000;

/** What the first screen fetches by itself: what there is to know about decoding and, in a browser, the shell there. */
const SOON = ['/transport/projector.ts', '/backend/web/index.ts'];

/** As far as the weight needs to know a chunk. */
export interface Weighed {
  code: string;
  isEntry: boolean;
  imports: readonly string[];
  dynamicImports: readonly string[];
  facadeModuleId: string | null;
}

/** The chunks that are there before a session is opened, by name. */
export function early(chunks: ReadonlyMap<string, Weighed>, soon: readonly string[] = SOON): string[] {
  const found = new Set<string>();
  const follow = (name: string) => {
    const chunk = chunks.get(name);
    if (!chunk || found.has(name)) return;
    found.add(name);
    chunk.imports.forEach(follow);
    chunk.dynamicImports
      .filter((other) => soon.some((end) => chunks.get(other)?.facadeModuleId?.endsWith(end)))
      .forEach(follow);
  };
  for (const [name, chunk] of chunks) if (chunk.isEntry) follow(name);
  return [...found];
}

/** Their compressed bytes. */
export function weigh(chunks: ReadonlyMap<string, Weighed>): number {
  return early(chunks).reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? '', { level: 9 }).length, 0);
}

export function weight(): Plugin {
  return {
    name: 'deskhand-weight',
    // Pages for looking at screens carry their scripted shell.
    apply: (_, { command, mode }) => command === 'build' && mode === 'production',
    writeBundle(_, bundle) {
      const chunks = new Map(Object.entries(bundle).filter(([, file]) => file.type === 'chunk') as [string, Weighed][]);
      const bytes = weigh(chunks);
      if (bytes === 0) this.error('no script was found to be weighed');
      if (bytes > MOST) {
        const names = early(chunks).join(', ');
        this.error(`the page has ${bytes} bytes of script (gzip) before a session opens, more than ${MOST}: ${names}`);
      }
      console.log(`script before a session opens: ${Math.round(bytes / 100) / 10} kB gzip of ${MOST / 1000}`);
    },
  };
}
