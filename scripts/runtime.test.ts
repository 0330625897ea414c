import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { run } from './runtime.mjs';

const node = (script: string) => run(process.execPath, ['-e', script], { stdio: 'ignore' });

it('gives the exit status of what it ran', async () => {
  expect(await node('process.exit(3)')).toEqual({ status: 3, signal: null });
});

it('says which signal ended it, and the status that a shell would give', async () => {
  expect(await node('process.kill(process.pid, "SIGTERM")')).toEqual({ status: 143, signal: 'SIGTERM' });
});

it('fails when the program does not exist', async () => {
  await expect(run('/nowhere/program', [])).rejects.toThrow('ENOENT');
});

it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)('passes %s on, and then ends the same way', async (signal) => {
  const runtime = new URL('runtime.mjs', import.meta.url).href;
  const inner = 'process.stdout.write("up"); setInterval(() => {}, 1000)';
  const outer = `import { endLike, run } from ${JSON.stringify(runtime)}; endLike(await run(process.execPath, ['-e', ${JSON.stringify(inner)}]));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', outer], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([null, signal]);
});
