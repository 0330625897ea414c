import { availableParallelism } from 'node:os';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

const TESTS = ['src/**/*.test.ts', 'test/**/*.test.ts', 'scripts/**/*.test.ts'];
/**
 * They replace no module and leave neither timers nor processes behind: one worker runs many of them, and loads what they share once.
 * Every other file has a process of its own.
 */
const SHARING = ['model', 'formats', 'query', 'protocol'].map((folder) => `src/${folder}/**/*.test.ts`).concat(['conformance', 'stack', 'language', 'looking'].map((folder) => `test/${folder}/**/*.test.ts`));
const NEVER = ['test/e2e/**', 'node_modules/**'];

// Component tests name their environment in the file: `// @vitest-environment happy-dom`.
export default defineConfig({
  plugins: [vue()],
  test: {
    projects: [
      { extends: true, test: { name: 'alone', include: TESTS, exclude: [...SHARING, ...NEVER] } },
      { extends: true, test: { name: 'sharing', include: SHARING, exclude: NEVER, isolate: false } },
    ],
    globalSetup: ['test/surroundings.ts'],
    setupFiles: ['test/seed.ts'],
    // By itself vitest leaves one of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Generous, for machines that do other work meanwhile.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
