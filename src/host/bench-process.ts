/**
 * One build of the model in a process of its own, for `bench --against`: started with the file of its bench-worker, it
 * answers `{ name, seconds }` with nanoseconds per translation of that case and the sum of its addresses.
 */
import { assert } from '../model/base/assert.ts';
import { Runner } from './bench/runner.ts';
import type { CaseName } from './bench/cases.ts';

const [, , worker] = process.argv;
const send = process.send?.bind(process);
assert(worker !== undefined && send !== undefined, 'this file is forked with the file of a bench-worker');
const runners = new Map<CaseName, Runner>();

async function measure(name: CaseName, seconds: number): Promise<void> {
  const known = runners.get(name);
  const runner = known ?? new Runner(worker!, name);
  runners.set(name, runner);
  if (known === undefined) await runner.ready();
  send!({ ns: await runner.round(seconds), sum: runner.sum });
}

process.on('message', ({ name, seconds }: { readonly name: CaseName; readonly seconds: number }) => void measure(name, seconds));
// Whoever forked it is gone, however that went.
process.once('disconnect', () => process.exit());
