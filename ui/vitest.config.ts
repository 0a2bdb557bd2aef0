import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { licencesModule } from './dev/licences.ts';

export default defineConfig({
  plugins: [svelte(), licencesModule(import.meta.dirname)],
  resolve: { conditions: ['browser'] },
  test: { include: ['src/**/*.test.ts', 'test/**/*.test.ts'], environment: 'node' },
});
