import { defineConfig } from 'vitest/config';

// Linux in the QEMU that SMMU_LAB_QEMU names (npm run qemu:linux).
export default defineConfig({
  test: {
    globalSetup: ['test/surroundings.ts'],
    include: ['test/qemu-linux/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
