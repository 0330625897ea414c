/** `program`: the machine of a lab as something other tools run. `iort`: what firmware would tell of it. */
import { Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import { iortOfLab, VIRT_SMMU } from '../formats/iort/from-lab.ts';
import { writeIort } from '../formats/iort/write.ts';
import { programOf } from '../formats/program/machine-program.ts';
import { devmemScript, pythonScript, qtestScript } from '../formats/program/scripts.ts';
import type { ScriptOptions } from '../formats/program/scripts.ts';
import { structuresInC } from './structures-in-c.ts';
import type { LabData } from '../model/lab/index.ts';
import { Machine } from '../model/lab/index.ts';
import { address } from './arguments.ts';
import { EXIT } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { openLab } from './open-lab.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

const FORMS = ['c', 'devmem', 'qtest', 'python'] as const;
type Form = (typeof FORMS)[number];

function withMachine<T>(data: LabData, use: (machine: Machine) => T): T {
  const machine = unwrap(Machine.create(data));
  try {
    return use(machine);
  } finally {
    machine.release();
  }
}

function textOf(form: Form, machine: Machine, options: ScriptOptions): string {
  switch (form) {
    case 'c':
      return structuresInC(machine);
    case 'devmem':
      return devmemScript(programOf(machine), options);
    case 'qtest':
      return qtestScript(programOf(machine), options);
    case 'python':
      return pythonScript(programOf(machine), options);
  }
}

async function put(text: string | Uint8Array, file: string | undefined, io: Io): Promise<ExitCode> {
  if (file === undefined) io.out(text as string);
  else {
    try {
      await writeFile(file, text);
    } catch (error) {
      throw new Refusal({ code: 'unwritable', message: `cannot be written: ${(error as Error).message}`, at: { file } });
    }
  }
  return EXIT.OK;
}

async function program(path: string, { as, smmu, output }: { as: Form; smmu: bigint; output?: string }, io: Io): Promise<ExitCode> {
  const lab = openLab(path, io);
  if (lab === null) return EXIT.REFUSED;
  if (lab.data.stack !== undefined) throw new Refusal({ code: 'whole-stack', message: 'in a lab of the whole stack drivers build the machine while it runs: expected a lab whose documents do', at: { file: path } });
  return put(withMachine(lab.data, (machine) => textOf(as, machine, { title: lab.data.host.title, smmu })), output, io);
}

async function iort(path: string, { output }: { output: string }, io: Io): Promise<ExitCode> {
  const lab = openLab(path, io);
  return lab === null ? EXIT.REFUSED : put(writeIort(iortOfLab(lab.data)), output, io);
}

export const registerProgram: Register = (cli, io, done) => {
  cli
    .command('program')
    .description('the machine that the documents of a lab build, as C arrays of its STEs and CDs, devmem calls, a qtest script, or a Python script that speaks qtest to a QEMU')
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three')
    .addOption(new Option('--as <form>', 'what is made').choices(FORMS).makeOptionMandatory())
    .option('--smmu <address>', 'physical address of register page 0', address, VIRT_SMMU)
    .option('-o, --output <file>', 'where it is written; standard output without')
    .action(async (lab: string, options: { as: Form; smmu: bigint; output?: string }) => done(await program(lab, options, io)));
  cli
    .command('iort')
    .description('an IORT (revision 5, DEN 0049E.d) of a lab: its SMMU, its devices, RMR nodes for what must be mapped as it is')
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three')
    .requiredOption('-o, --output <file>', 'where the table is written')
    .action(async (lab: string, options: { output: string }) => done(await iort(lab, options, io)));
};
