/** The page on which a customer shows without a program: one script and one style, which the relay serves as they are. */

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    // What two bundles share lies beside neither's packages, and takes those of the one that it is in.
    alias: ['@noble', '@scure'].map((scope) => ({
      find: new RegExp(`^${scope}/`),
      replacement: decodeURI(new URL(`node_modules/${scope}/`, import.meta.url).pathname),
    })),
  },
  build: {
    target: ['es2022', 'safari16'],
    outDir: 'dist-browser',
    assetsInlineLimit: 0,
    lib: {
      entry: 'src/browser/main.ts',
      formats: ['iife'],
      name: 'share',
      fileName: () => 'share.js',
      cssFileName: 'share',
    },
  },
});
