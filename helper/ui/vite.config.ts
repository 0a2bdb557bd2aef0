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
  base: './',
  build: {
    target: ['es2022', 'safari16'],
    // An inlined picture would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
