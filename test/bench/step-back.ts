/**
 * `node test/bench/step-back.ts [STEPS ...]` (1,000 and 10,000 by default): what a step back costs in labs whose steps are repeated until there are
 * so many: from the end thirty in a row, then to thirty positions all over the run, each from its end, and one step further back. As a window
 * sees it: the call, the machine and the trace where they are to be, and the answer. On the clock, and the CPU time of all threads, which is
 * about what the clock would say if nothing else ran. Prints a table, and fails where one took more CPU time than the budget.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { readLab } from '../../src/formats/lab/files.ts';
import { splitLab } from '../../src/formats/lab/index.ts';
import { createLabHost, sourceWorkers } from '../../src/host/index.ts';
import type { Documents } from '../../src/protocol/contract.ts';
import { portPair } from '../../src/protocol/port.ts';
import { RpcClient } from '../../src/protocol/rpc.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const COUNTS = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000];
const LABS = ['nested-tour', 'nested-stall-resume', 'two-vms', 'first-nested', 'your-turn'];
const TIMES = 30;
/** Milliseconds, of desktop.md's reverse. */
const BUDGET = 100;

/** The lab with its steps repeated. */
function repeated(name: string, count: number): Documents {
  const read = readLab(join(ROOT, 'resources', 'labs', name));
  if (!read.ok) throw new Error(read.error.message);
  const { documents } = read.value;
  const parts = typeof documents === 'string' ? splitLab(documents)! : documents;
  const steps = parse(parts.steps) as unknown[];
  return { host: parts.host, guest: parts.guest, steps: stringify(Array.from({ length: count }, (_, n) => steps[n % steps.length]), { aliasDuplicateObjects: false }) };
}

const ms = (value: number): string => value.toFixed(1).padStart(8);

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-back-'));
const host = createLabHost({
  dataDir: join(folder, 'data'),
  spoolFolder: join(folder, 'spool'),
  resourcesDir: join(ROOT, 'resources'),
  version: '0',
  workers: sourceWorkers(join(ROOT, 'src', 'host')),
  report: (error) => console.error(error),
});
const [ui, end] = portPair();
host.connect(end);
const client = new RpcClient(ui);

interface Took {
  readonly clock: number;
  readonly cpu: number;
}

async function timed(work: () => Promise<unknown>): Promise<Took> {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { clock: performance.now() - began, cpu: (user + system) / 1000 };
}

const back = (position: number): Promise<Took> => timed(() => client.call('run.seek', { position }));

async function inARow(steps: number): Promise<Took[]> {
  const times = [];
  for (let n = 1; n <= TIMES; n++) times.push(await back(steps - n));
  return times;
}

/** Positions lie a golden section apart. */
async function fromAnywhere(steps: number): Promise<Took[]> {
  const times = [];
  for (let n = 1; n <= TIMES; n++) {
    const position = 1 + Math.floor(((n * 0.618034) % 1) * (steps - 1));
    await client.call('run.seek', { position: steps });
    times.push(await back(position), await back(position - 1));
  }
  return times;
}

const cells = (times: readonly Took[], what: keyof Took): string => {
  const values = times.map((took) => took[what]).sort((a, b) => a - b);
  return `${ms(values[values.length >> 1]!)}${ms(values.at(-1)!)}`;
};

let worst = 0;
console.log(`${' '.repeat(36)}in a row: clock, CPU             from anywhere: clock, CPU`);
console.log(`half below, and the most, ms    ${'run'.padStart(8)}${['half', 'most', 'half', 'most', 'half', 'most', 'half', 'most', 'records'].map((head) => head.padStart(8)).join('')}`);
for (const name of LABS) {
  for (const count of COUNTS) {
    await client.call('run.load', { documents: repeated(name, count) });
    const run = await timed(() => client.call('run.run', {}));
    const { records } = await client.call('run.state', {});
    const [row, anywhere] = [await inARow(count), await fromAnywhere(count)];
    worst = Math.max(worst, ...[...row, ...anywhere].map(({ cpu }) => cpu));
    console.log(`${name.padEnd(24)}${String(count).padStart(8)}${ms(run.cpu)}${[row, anywhere].flatMap((times) => [cells(times, 'clock'), cells(times, 'cpu')]).join('')}${String(records).padStart(8)}`);
  }
}
await host.close();
rmSync(folder, { recursive: true, force: true });
console.log(`memory of the process at its most: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
if (worst > BUDGET) {
  console.error(`a step back took ${worst.toFixed(0)} ms of CPU time: more than ${BUDGET}`);
  process.exitCode = 1;
}
