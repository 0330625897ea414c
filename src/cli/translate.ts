import { Option } from 'commander';
import type { Capture } from '../formats/capture/capture.ts';
import { answerJson, readRequests } from '../formats/batch/request.ts';
import { DEFAULT_CACHES, NO_CACHES } from '../model/smmu/options.ts';
import type { Transaction } from '../model/smmu/smmu.ts';
import { profileOption } from './profile.ts';
import type { Profile } from '../model/spec/index.ts';
import { address, streamId, substreamId } from './arguments.ts';
import { withMachine } from './capture-input.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { explain, explanationText, missingNote } from './explain.ts';
import { inputName, readText } from './files.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Refusal, unwrap } from './refusal.ts';
import type { Register } from './register.ts';

interface Options extends DumpOptions {
  readonly sid?: number;
  readonly ssid?: number;
  readonly iova?: bigint;
  readonly access: Transaction['access'];
  readonly privileged?: boolean;
  readonly explain?: boolean;
  readonly batch?: string;
  readonly json?: boolean;
  readonly profile: Profile;
}

async function batch(capture: Capture, file: string, profile: Profile, io: Io): Promise<ExitCode> {
  const requests = unwrap(readRequests(unwrap(await readText(file, io)), inputName(file)));
  withMachine(capture, DEFAULT_CACHES, profile, ({ smmu }) => {
    for (const request of requests) {
      io.out(jsonLine(answerJson(smmu.translate(request))));
      // Nobody resumes what stalls here, and the next request is no part of it.
      smmu.stalls.clear();
    }
  });
  return EXIT.OK;
}

function single(capture: Capture, options: Options, io: Io): ExitCode {
  const { sid, ssid, iova, access, privileged = false, profile } = options;
  if (sid === undefined || iova === undefined) {
    throw new Refusal({ code: 'usage', message: 'which access to translate is missing: expected --sid and --iova, or --batch with a file of requests' });
  }
  const request = { sid, iova, access, privileged, ...(ssid === undefined ? {} : { ssid }) };
  // Without caches, so that an explanation shows the whole walk.
  const { outcome, steps } = withMachine(capture, NO_CACHES, profile, ({ smmu }) => explain(smmu, request));
  const shown = options.explain === true ? steps : [];
  if (options.json === true) io.out(jsonLine({ ...answerJson(outcome), ...(options.explain === true ? { steps } : {}) }));
  else io.out(explanationText(outcome, shown));
  const note = missingNote(capture, outcome);
  if (note !== null) io.err(`smmu-lab: ${note}\n`);
  return EXIT.OK;
}

async function translate(folder: string, options: Options, io: Io): Promise<ExitCode> {
  const capture = await openCapture(folder, options, io);
  return options.batch === undefined ? single(capture, options, io) : batch(capture, options.batch, options.profile, io);
}

/** `translate CAPTURE`: what a captured SMMU does with an access, or with each of a file of accesses. */
export const registerTranslate: Register = (program, io, done) => {
  dumpOptions(program.command('translate').description('what a captured SMMU does with an access').argument('<capture>', CAPTURE_ARGUMENT))
    .option('--sid <StreamID>', 'stream of the access', streamId)
    .option('--ssid <SubstreamID>', 'substream of the access; none without', substreamId)
    .option('--iova <address>', 'input address', address)
    .addOption(new Option('--access <kind>', 'kind of access').choices(['read', 'write', 'execute']).default('read'))
    .option('--privileged', 'a privileged access')
    .addOption(profileOption())
    .option('--explain', 'print the walk step by step')
    .addOption(new Option('--batch <file>', 'requests as JSON lines, or - for standard input; one JSON line back for each').conflicts(['sid', 'iova', 'ssid', 'explain']))
    .option('--json', 'one JSON document')
    .action(async (folder: string, options: Options) => done(await translate(folder, options, io)));
};
