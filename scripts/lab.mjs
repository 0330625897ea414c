// `npm run -s lab -- ARGS` and bin/smmu-lab: the command line, as if it had been called directly.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { endLike, isRightNode, nodeExecutable, root, run } from './runtime.mjs';

/** In this very process when it is the right Node. Paths are relative to where npm was called. */
export async function lab(/** @type {string[]} */ args) {
  await ensureBuilt(args[0] === 'serve' ? ['main', 'renderer'] : ['main']);
  const bundle = join(root, 'out', 'main', 'cli.cjs');
  const cwd = process.env.npm_lifecycle_event === 'lab' ? (process.env.INIT_CWD ?? process.cwd()) : process.cwd();
  if (!isRightNode()) return endLike(await run(nodeExecutable(), [bundle, ...args], { cwd }));
  process.chdir(cwd);
  process.argv = [process.execPath, bundle, ...args];
  createRequire(import.meta.url)(bundle);
}
