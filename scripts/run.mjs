// Every npm script comes here. Depends on nothing and runs on Node 20: it sets up what is missing, then hands over to the Node of the lock file.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { endLike, giveUp, isRightNode, nodeExecutable, root, run } from './runtime.mjs';

/** @type {Record<string, (args: string[]) => Promise<number>>} Each resolves to an exit status. Loaded when called for. */
const COMMANDS = {
  start: async (args) => (await import('./start.mjs')).start(args),
  test: async (args) => (await import('./test.mjs')).test(args),
  build: async () => (await import('./build.mjs')).buildAll().then(() => 0),
};

const [command = '', ...args] = process.argv.slice(2);
if (command !== 'lab' && COMMANDS[command] === undefined) {
  giveUp(`no such command: "${command}" (expected lab, ${Object.keys(COMMANDS).join(', ')})`);
}
await ensureInstalled();
if (command === 'lab') await lab();
else if (!isRightNode()) endLike(await run(nodeExecutable(), [fileURLToPath(import.meta.url), command, ...args]));
else process.exit(await COMMANDS[command](args));

/** `smmu-lab ARGS`, in this very process when it is the right Node. Paths are relative to where npm was called. */
async function lab() {
  await ensureBuilt(args[0] === 'serve' ? ['main', 'renderer'] : ['main']);
  const bundle = join(root, 'out', 'main', 'cli.cjs');
  const cwd = process.env.npm_lifecycle_event === 'lab' ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
  if (!isRightNode()) return endLike(await run(nodeExecutable(), [bundle, ...args], { cwd }));
  process.chdir(cwd);
  process.argv = [process.execPath, bundle, ...args];
  createRequire(import.meta.url)(bundle);
}
