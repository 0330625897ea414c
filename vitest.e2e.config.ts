import { defineConfig } from 'vitest/config';

// The built window, driven as a user would. What only one surface has is in a folder named like it.
const surface = process.env['SMMU_LAB_SURFACE'] ?? 'browser';

export default defineConfig({
  test: {
    include: ['test/e2e/*.spec.ts', `test/e2e/${surface}/*.spec.ts`],
    globalSetup: ['test/surroundings.ts'],
    // One app at a time: two would share two cores and time out.
    fileParallelism: false,
    // Each spec starts an app of its own; what drives it is loaded once.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    // A busy machine may take its time: as long as a locator waits.
    expect: { poll: { timeout: 30_000 } },
  },
});
