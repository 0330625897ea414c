import { defineConfig } from 'vitest/config';

// Against the QEMU that SMMU_LAB_QEMU names (npm run qemu).
export default defineConfig({
  test: {
    globalSetup: ['test/surroundings.ts'],
    include: ['test/qemu/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
