import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { bundle } from './dev/bundle.ts';
import { licencesModule } from './dev/licences.ts';
import { shared } from './dev/shared.ts';
import { weight } from './dev/weight.ts';

export default defineConfig({
  plugins: [svelte(), licencesModule(import.meta.dirname), weight(), bundle(import.meta.dirname)],
  resolve: { alias: shared },
  // The page is loaded from the program itself: relative addresses work under every scheme.
  base: './',
  build: {
    // WebKitGTK 2.40, WebView2 and Safari 16 are the oldest webviews that have WebCodecs.
    target: ['es2022', 'safari16'],
    // An inlined picture would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The one worker is loaded from the program like everything else.
  worker: { format: 'es' },
  // The mark lies beside this folder, because both programs use it.
  server: { port: 5173, strictPort: true, fs: { allow: ['..'] } },
});
