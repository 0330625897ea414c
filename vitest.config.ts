import { availableParallelism } from 'node:os';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

// Component tests name their environment in the file: `// @vitest-environment happy-dom`.
export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    globalSetup: ['test/surroundings.ts'],
    setupFiles: ['test/seed.ts'],
    // By itself vitest leaves one of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Generous, for machines that do other work meanwhile.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
