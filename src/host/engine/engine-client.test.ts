import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sourceWorkers } from '../threads/worker-source.ts';
import { EngineClient } from './engine-client.ts';

const quiet = { records: () => undefined, progress: () => undefined, died: () => undefined };
const engine = new EngineClient(sourceWorkers(join(import.meta.dirname, '..')).engine, quiet);
afterAll(() => engine.end());

/** Niceness of this program's threads of a name: proc(5), the 19th field of `stat`, 16 behind the name. */
function nicenessOf(thread: string): number[] {
  const stats = readdirSync('/proc/self/task').map((task) => readFileSync(`/proc/self/task/${task}/stat`, 'utf8'));
  return stats.filter((stat) => stat.includes(`(${thread})`)).map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]));
}

it.runIf(process.platform === 'linux')('gives way to the threads that the window waits for, and they keep their priority', async () => {
  const before = getPriority();
  await engine.call('rings', {});
  expect(nicenessOf('engine')).toEqual([Math.max(10, before)]);
  expect(getPriority()).toBe(before);
});
