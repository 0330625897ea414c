import { readCases } from '../formats/qemu-cases/case.ts';
import { caseMemory, CaseMachine } from '../formats/qemu-cases/machine.ts';
import { runCase } from '../formats/qemu-cases/run-case.ts';
import type { Answer } from '../formats/qemu-cases/run-case.ts';
import { Tally } from '../formats/qemu-cases/tally.ts';
import { inputName, readText } from './files.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { staleHitText } from '../model/smmu/coherence/stale-hit-text.ts';
import { DEFAULT_CACHES, QEMU_CACHES } from '../model/smmu/options.ts';
import { PROFILES } from '../model/spec/index.ts';
import type { Profile } from '../model/spec/index.ts';
import { profileOption } from './profile.ts';
import { unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly profile: Profile;
  readonly judge?: boolean;
  readonly checkCoherence?: boolean;
}

const answerJson = ({ status, pa, events, stale }: Answer): object => ({ status, pa, events, ...(stale.length === 0 ? {} : { stale: stale.map(staleHitText) }) });

async function cases(file: string, options: Options, io: Io): Promise<ExitCode> {
  const text = unwrap(await readText(file, io));
  const memory = caseMemory();
  try {
    const machine = new CaseMachine(memory, PROFILES[options.profile], options.profile === 'qemu-11' ? QEMU_CACHES : DEFAULT_CACHES, options.checkCoherence === true);
    const tally = new Tally(memory, options.profile);
    for (const one of readCases(text, inputName(file))) {
      const answers = runCase(machine, unwrap(one));
      io.out(jsonLine({ tx: answers.map(answerJson) }));
      if (options.judge === true) tally.add(unwrap(one), answers);
    }
    if (options.judge !== true) return EXIT.OK;
    const { verdicts, knownErrorsRepeated, remarks } = tally;
    for (const remark of remarks) io.err(`${remark}\n`);
    io.out(jsonLine({ verdicts, knownErrorsRepeated }));
    io.err(`exact ${verdicts.exact}, masked ${verdicts.masked}, explained ${verdicts.explained}, failure ${verdicts.failure}; known errors of QEMU repeated ${knownErrorsRepeated}\n`);
    return verdicts.failure === 0 ? EXIT.OK : EXIT.UNMET;
  } finally {
    memory.release();
  }
}

/** `cases FILE`: one JSON line per case; with `--judge` a last line with the counts of the verdicts. */
export const registerCases: Register = (program, io, done) => {
  program
    .command('cases')
    .description("run QEMU's cases (JSON lines, gzip or not) on the model: one JSON line back per case")
    .argument('<file>', 'cases, or - for standard input')
    .addOption(profileOption())
    .option('--judge', 'compare with the recorded answers; a last JSON line counts the verdicts, exit status 1 on a failure')
    .option('--check-coherence', 'tell of cache entries that answer otherwise than memory would: "stale" of a transaction')
    .option('--json', 'JSON lines only (they always are)')
    .action(async (file: string, options: Options) => done(await cases(file, options, io)));
};
