import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { licencesModule } from './dev/licences.ts';
import { shared } from './dev/shared.ts';

export default defineConfig({
  plugins: [svelte(), licencesModule(import.meta.dirname)],
  resolve: { conditions: ['browser'], alias: shared },
  // How long a busy computer takes decides nothing.
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    environment: 'node',
  },
});
