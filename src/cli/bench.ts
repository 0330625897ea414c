import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { runBench } from '../host/bench/index.ts';
import type { BenchResult } from '../host/bench/index.ts';
import { EXIT, jsonLine } from './io.ts';
import { unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly json?: boolean;
  readonly rounds: number;
  readonly seconds: number;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

const here = fileURLToPath(import.meta.url);
/** The bundle is in out/main, this file in src/cli: both two folders down. */
const root = join(dirname(here), '..', '..');

const FILES = {
  worker: here.endsWith('.ts') ? join(root, 'src/host/bench-worker.ts') : join(dirname(here), 'bench-worker.cjs'),
  source: join(root, 'resources/bench/nested-walk.c'),
};

function table(results: readonly BenchResult[]): string {
  const of = (name: string): number | undefined => results.find((one) => one.name === name)?.nsPerOp;
  const rows = results
    .filter(({ name }) => !name.startsWith('c.'))
    .map(({ name, nsPerOp }) => {
      const c = of(`c.${name}`);
      const ratio = c === undefined ? '' : `${c.toFixed(1).padStart(10)} ${(nsPerOp / c).toFixed(2).padStart(8)}x`;
      return `${name.padEnd(12)}${nsPerOp.toFixed(1).padStart(10)}${ratio}\n`;
    });
  return `ns per translation    model         C    ratio\n${rows.join('')}`;
}

/** `bench`: the model beside the same walk in C, in one run. */
export const registerBench: Register = (program, io, done) => {
  program
    .command('bench')
    .description('nanoseconds per translation: TLB hit, nested walk of 24 reads, with walk caches, cold; beside a C version compiled now')
    .option('--rounds <n>', 'rounds; the best counts', positive, 15)
    .option('--seconds <s>', 'length of each case in each round', positive, 0.05)
    .option('--json', 'one JSON document')
    .action(async ({ json, rounds, seconds }: Options) => {
      const results = unwrap(await runBench({ ...FILES, rounds, seconds, progress: (line) => io.err(`bench: ${line}\n`) }));
      io.out(json === true ? jsonLine({ results }) : table(results));
      done(EXIT.OK);
    });
};
