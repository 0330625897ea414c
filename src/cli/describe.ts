import { describe } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { showCoverage } from './coverage.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly json?: boolean;
  readonly coverage?: boolean;
}

async function show(name: string | undefined, { json = false, coverage = false }: Options, io: Io): Promise<ExitCode> {
  if (coverage) return showCoverage(json, io);
  if (name === undefined) throw new Refusal({ code: 'usage', message: 'what to describe is missing: expected a name, or --coverage' });
  const description = unwrap(describe(name));
  io.out(json ? jsonLine(description) : `${description.text.trimEnd()}\n`);
  return EXIT.OK;
}

/** `describe NAME`: what the one table says of a name; `describe --coverage`: what the tests show of all of it. */
export const registerDescribe: Register = (program, io, done) => {
  program
    .command('describe')
    .description('what a record, field, register, command, event, rule or choice is: ste.S2VMID, CR0, CMD_SYNC, F_TRANSLATION, choices')
    .argument('[name]', 'a name of the architecture')
    .option('--coverage', 'every row of the architecture and the tests that show it; exit status 1 when one has none')
    .option('--json', 'one JSON document')
    .action(async (name: string | undefined, options: Options) => done(await show(name, options, io)));
};
