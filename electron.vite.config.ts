import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'electron-vite';
import type { UserConfig } from 'electron-vite';
import { bundleContents } from './scripts/bundle-contents.mjs';
import { monacoParts } from './scripts/monaco-parts.mjs';

// Electron at hand for tests is 25: Node 18.15 and Chromium 114. Newer ones run what is built for it.
const NODE = 'node18.15';
const CHROMIUM = 'chrome114';

// One bundle per process or worker. Each is one file beside the others, so that a worker is found by name from any of them.
const ENTRIES = {
  index: 'src/main/index.ts',
  cli: 'src/cli/index.ts',
  server: 'src/server/index.ts',
  'engine-worker': 'src/host/engine-worker.ts',
  'query-process': 'src/host/query-process.ts',
  'store-worker': 'src/host/store-worker.ts',
  'bench-worker': 'src/host/bench-worker.ts',
};

// Native, or optional parts of a dependency that are not installed.
const EXTERNAL = ['better-sqlite3', 'bufferutil', 'utf-8-validate'];

const targets: UserConfig = {
  main: {
    plugins: [bundleContents()],
    build: {
      target: NODE,
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: ENTRIES,
        external: EXTERNAL,
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' },
      },
    },
  },
  preload: {
    plugins: [bundleContents()],
    build: {
      target: NODE,
      externalizeDeps: false,
      rolldownOptions: { input: { index: 'src/preload/index.ts' }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  },
  renderer: {
    root: 'src/renderer',
    base: './',
    plugins: [vue(), monacoParts(), bundleContents()],
    build: { target: CHROMIUM, minify: true, chunkSizeWarningLimit: 4096, rolldownOptions: { input: 'src/renderer/index.html' } },
    worker: { format: 'es' },
  },
};

// scripts/build.mjs builds the targets one by one, each when it is out of date; without a name all are built.
const wanted = process.env['SMMU_LAB_TARGET'];
if (wanted !== undefined && !(wanted in targets))
  throw new Error(`SMMU_LAB_TARGET: no target "${wanted}" (expected main, preload or renderer)`);

export default defineConfig(wanted === undefined ? targets : { [wanted]: targets[wanted as keyof typeof targets] });
