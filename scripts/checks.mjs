// The checks that read the sources without running them.
import { join } from 'node:path';
import { checkLane, report } from './lanes.mjs';
import { root, runTool } from './runtime.mjs';

/** What a check knows of files that have not changed since. */
const kept = join(root, '.cache', 'checks');

/** Each project sees the types of where its files run: neither Node nor a page, Node, a page, both. */
const PROJECTS = {
  pure: 'typescript/bin/tsc',
  node: 'typescript/bin/tsc',
  web: 'vue-tsc/bin/vue-tsc.js',
  both: 'vue-tsc/bin/vue-tsc.js',
};

export async function types() {
  const checks = Object.entries(PROJECTS).map(
    ([name, tool]) =>
      () =>
        runTool(tool, ['--project', `tsconfig.${name}.json`, '--incremental', '--tsBuildInfoFile', join(kept, `types-${name}.json`)]),
  );
  return report(await checkLane('types', checks));
}

export async function lint(/** @type {string[]} */ args) {
  return report(
    await checkLane('lint', [() => runTool('eslint/bin/eslint.js', ['--max-warnings', '0', ...(args.length > 0 ? args : ['.'])])]),
  );
}

export async function layers() {
  return report(await checkLane('layers', [() => runTool('dependency-cruiser/bin/dependency-cruiser.mjs', ['src', 'scripts'])]));
}

/** `npm run format` writes the sources as prettier would, all or those of the paths given. */
export async function format(/** @type {string[]} */ paths) {
  return (await runTool('prettier/bin/prettier.cjs', ['--write', '--log-level', 'warn', ...(paths.length > 0 ? paths : ['.'])])).status;
}
