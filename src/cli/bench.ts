import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import { runAgainst } from '../host/bench/against.ts';
import type { Comparison } from '../host/bench/against.ts';
import { runBench } from '../host/bench/index.ts';
import type { BenchResult } from '../host/bench/index.ts';
import { EXIT, jsonLine } from './io.ts';
import { unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly json?: boolean;
  readonly against?: string;
  readonly rounds?: number;
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

const two = (ns: number): number => Number(ns.toFixed(2));

function comparison({ commit, cases }: Comparison): string {
  const rows = cases.map(
    ({ name, now, older }) =>
      `${name.padEnd(12)}${now.toFixed(1).padStart(10)}${older.toFixed(1).padStart(14)} ${(now / older).toFixed(2).padStart(8)}x\n`,
  );
  return `ns per translation     now  ${commit.slice(0, 12)}    ratio\n${rows.join('')}`;
}

/** The cases by their names, the older build's with `against.` before them. */
const comparisonJson = ({ commit, cases }: Comparison): unknown => ({
  against: commit,
  results: cases.flatMap(({ name, now, older }) => [
    { name, nsPerOp: two(now) },
    { name: `against.${name}`, nsPerOp: two(older) },
  ]),
});

/** `bench`: the model beside the same walk in C, in one run. */
export const registerBench: Register = (program, io, done) => {
  program
    .command('bench')
    .description('nanoseconds per translation: TLB hit, nested walk of 24 reads, with walk caches, cold; beside a C version compiled now')
    .option('--against <commit>', 'beside an older build, checked out for this run, in place of C')
    .option('--rounds <n>', 'rounds; the best counts (15, with --against 5)', positive)
    .option('--seconds <s>', 'length of each case in each round', positive, 0.05)
    .option('--json', 'one JSON document')
    .action(async ({ json, against, rounds, seconds }: Options) => {
      const progress = (line: string): void => io.err(`bench: ${line}\n`);
      if (against !== undefined) {
        const compared = unwrap(await runAgainst({ root, rev: against, rounds: rounds ?? 5, seconds, progress }));
        io.out(json === true ? jsonLine(comparisonJson(compared)) : comparison(compared));
        return done(EXIT.OK);
      }
      const results = unwrap(await runBench({ ...FILES, rounds: rounds ?? 15, seconds, progress }));
      io.out(json === true ? jsonLine({ results }) : table(results));
      done(EXIT.OK);
    });
};
