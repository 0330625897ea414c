/** `console LAB`: verbs on standard input, one a line. */
import { kindOf } from '../../formats/lab/parse-step.ts';
import { EXIT } from '../io.ts';
import type { Editing, ExitCode, Io } from '../io.ts';
import { openLab, TracedRun } from '../open-lab.ts';
import { Refusal } from '../refusal.ts';
import type { Register } from '../register.ts';
import { onUapi } from '../uapi-choice.ts';
import { completions } from './completion.ts';
import { Session } from './session.ts';

interface Options {
  readonly json?: boolean;
  readonly uapi?: string;
  readonly run?: boolean;
  readonly trace?: string;
}

/** Lines as they come; from a test or another program that has them all, those. */
async function* linesOf(io: Io, editing: Editing): AsyncIterable<string> {
  if (io.lines !== undefined) yield* io.lines(editing);
  else yield* (await io.stdin()).split('\n');
}

async function runConsole(path: string, options: Options, io: Io): Promise<ExitCode> {
  const lab = openLab(path, io);
  if (lab === null) return EXIT.REFUSED;
  const data = onUapi(lab.data, options.uapi);
  if (data === null) throw new Refusal({ code: 'bad-usage', message: '--uapi all is for run: a console works on one' });
  const traced = TracedRun.create(data, lab.files);
  const json = options.json === true;
  const session = new Session({ runner: traced.runner, json, out: (text) => io.out(text), digest: () => traced.digest!, reset: () => traced.reset() });
  try {
    if (options.run === true) session.take(json ? '"run"' : 'run');
    const editing: Editing = { prompt: `${data.host.title}> `, complete: (line) => completions(line, kindOf(data), data) };
    for await (const line of linesOf(io, editing)) if (!session.take(line)) break;
    session.summary();
    if (options.trace !== undefined) await traced.writeTrace(options.trace);
    return session.status;
  } finally {
    traced.runner.release();
  }
}

export const registerConsole: Register = (program, io, done) => {
  program
    .command('console')
    .description('verbs on standard input, one a line, on a lab: try "help"')
    .argument('<lab>', 'a folder with host.yaml, guest.yaml and steps.yaml, or one file with the three')
    .option('--run', "do the steps of the lab's documents first")
    .option('--uapi <uapi>', 'a lab of the whole stack on vfio-v16-posted, vfio-v16-intended or iommufd')
    .option('--trace <file>', 'at the end, write what happened, one JSON line per trace record')
    .option('--json', 'lines are JSON, such as {"dma": {"device": "nic0", ...}}, and so are the answers')
    .action(async (path: string, options: Options) => done(await runConsole(path, options, io)));
};
