// Every npm script comes here. Depends on nothing and runs on Node 20: it sets up what is missing, then hands over to the Node of the lock file.
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { endLike, giveUp, isRightNode, nodeExecutable, run } from './runtime.mjs';

/** @type {Record<string, (args: string[]) => Promise<number>>} Each resolves to an exit status. Loaded when called for. */
const COMMANDS = {
  start: async (args) => (await import('./start.mjs')).start(args),
  test: async (args) => (await import('./test.mjs')).test(args),
  'test:files': async () => (await import('./test.mjs')).testFiles(),
  build: async () => (await import('./build.mjs')).buildAll(),
  types: async () => (await import('./checks.mjs')).types(),
  mutants: async (args) => (await import('../test/mutants/run.ts')).mutants(args),
  lint: async (args) => (await import('./checks.mjs')).lint(args),
  layers: async () => (await import('./checks.mjs')).layers(),
  format: async (args) => (await import('./checks.mjs')).format(args),
  generate: async (args) => (await import('./generate.mjs')).generate(args),
  'qemu:linux': async (args) => (await import('./qemu.mjs')).qemuLinux(args),
  icons: async () => (await import('./icons.mjs')).icons(),
  package: async (args) => (await import('./package.mjs')).pack(args),
  e2e: async (args) => (await import('./e2e.mjs')).browser(args),
  screenshots: async (args) => (await import('./screenshots.mjs')).screenshots(args),
  qemu: async (args) => (await import('./qemu.mjs')).qemu(args),
  measure: async () => (await import('./measure.mjs')).measure(),
  'e2e:electron': async (args) => (await import('./e2e.mjs')).electron(args),
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (name === 'lab') {
  await ensureInstalled();
  await (await import('./lab.mjs')).lab(args);
} else if (command === undefined) {
  giveUp(`no such command: "${name}" (expected lab, ${Object.keys(COMMANDS).join(', ')})`);
} else {
  await ensureInstalled();
  if (isRightNode()) process.exit(await command(args));
  endLike(await run(nodeExecutable(), [fileURLToPath(import.meta.url), name, ...args], { endsWithParent: name === 'start' }));
}
