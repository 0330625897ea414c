import { describe } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { unwrap } from './refusal.ts';
import type { Register } from './register.ts';

function show(name: string, json: boolean, io: Io): ExitCode {
  const description = unwrap(describe(name));
  io.out(json ? jsonLine(description) : `${description.text.trimEnd()}\n`);
  return EXIT.OK;
}

/** `describe NAME`: what the one table says of a name. */
export const registerDescribe: Register = (program, io, done) => {
  program
    .command('describe')
    .description('what a record, field, register, command, event, rule or choice is: ste.S2VMID, CR0, CMD_SYNC, F_TRANSLATION, choices')
    .argument('<name>', 'a name of the architecture')
    .option('--json', 'one JSON document')
    .action((name: string, options: { json?: boolean }) => done(show(name, options.json === true, io)));
};
