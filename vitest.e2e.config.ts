import { defineConfig } from 'vitest/config';

// The built window, driven as a user would. One app at a time: two would share two cores and time out.
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
