import type { Command } from 'commander';
import type { Capture } from '../formats/capture/capture.ts';
import { surveyedOf } from '../formats/capture/lint-capture.ts';
import { nameOfStream } from '../formats/import/named-stream.ts';
import { attributesText, mappingJson, mappingLine, sizeText, stagesOf } from '../formats/survey/mapping-text.ts';
import { hex } from '../model/base/address.ts';
import { NO_CACHES } from '../model/smmu/options.ts';
import { mappingsOf } from '../model/survey/mappings.ts';
import type { Mapping } from '../model/survey/mappings.ts';
import { surveyStreams } from '../model/survey/streams.ts';
import { whoReaches } from '../model/survey/who.ts';
import type { Surveyed } from '../model/survey/surveyed.ts';
import { address, streamId, substreamId } from './arguments.ts';
import { withMachine } from './capture-input.ts';
import { CAPTURE_ARGUMENT, dumpOptions, openCapture, streamText } from './dump-input.ts';
import type { DumpOptions } from './dump-input.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { Refusal } from './refusal.ts';
import type { Register } from './register.ts';

interface Options extends DumpOptions {
  readonly sid?: number;
  readonly ssid?: number;
  readonly json?: boolean;
}

/** A survey, and the capture that it is of. */
interface Opened {
  readonly capture: Capture;
  readonly surveyed: Surveyed;
}

/** `StreamID 0x28 (/pcie 00:05.0): stages 1 and 2, 16 ranges, 1M`. */
function heading(sid: number, mappings: readonly Mapping[], capture: Capture): string {
  const bytes = mappings.reduce((sum, { size }) => sum + size, 0n);
  const stages = [...new Set(mappings.map(stagesOf))].join(', ');
  return `${streamText(sid, capture)}: ${stages}, ${mappings.length} range${mappings.length === 1 ? '' : 's'}, ${sizeText(bytes)}\n`;
}

function printStream(sid: number, mappings: readonly Mapping[], capture: Capture, json: boolean, io: Io): void {
  if (json) {
    const device = nameOfStream(capture.names, sid);
    for (const mapping of mappings) io.out(jsonLine({ ...mappingJson(mapping), device }));
    return;
  }
  io.out(heading(sid, mappings, capture));
  let ssid: number | null = null;
  for (const mapping of mappings) {
    if (mapping.ssid !== ssid && (mapping.ssid ?? 0) !== 0) io.out(` SubstreamID ${hex(mapping.ssid!)}\n`);
    ssid = mapping.ssid;
    io.out(mappingLine(mapping));
  }
}

function dump({ surveyed, capture }: Opened, { sid, ssid, json }: Options, io: Io): ExitCode {
  const { streams } = surveyStreams(surveyed);
  const wanted = sid === undefined ? streams : streams.filter((one) => one.sid === sid);
  if (wanted.length === 0) throw new Refusal({ code: 'no-stream', message: sid === undefined ? 'the stream table holds no streams' : `the stream table holds nothing of StreamID ${hex(sid)}` });
  let shown = 0;
  for (const stream of wanted) {
    const { mappings } = mappingsOf(stream, surveyed, ssid ?? null);
    if (mappings.length === 0 && sid === undefined) continue;
    shown++;
    printStream(stream.sid, mappings, capture, json === true, io);
  }
  if (json !== true && sid === undefined) io.out(`${shown} of ${wanted.length} streams map something\n`);
  return EXIT.OK;
}

function who({ surveyed, capture }: Opened, pa: bigint, json: boolean, io: Io): ExitCode {
  const { reaching, structures } = whoReaches(pa, surveyed);
  if (json) {
    io.out(jsonLine({
      pa: hex(pa),
      reaching: reaching.map(({ mapping, iova, ipa }) => ({ ...mappingJson(mapping), device: nameOfStream(capture.names, mapping.sid), at: { iova: hex(iova), ipa: ipa === null ? null : hex(ipa) } })),
      structures: structures.map(({ kind, name, pa: at, size, sid }) => ({ kind, name, pa: hex(at), size: hex(size), sid })),
    }));
    return EXIT.OK;
  }
  for (const { name, pa: at, size } of structures) io.out(`the ${name} lies there: ${hex(at)} to ${hex(at + size - 1n)}\n`);
  for (const { mapping, iova, ipa } of reaching) {
    const substream = (mapping.ssid ?? 0) === 0 ? '' : `, SubstreamID ${hex(mapping.ssid!)}`;
    io.out(`${streamText(mapping.sid, capture)}${substream}: IOVA ${hex(iova)}${ipa === null ? '' : `, IPA ${hex(ipa)}`}, ${stagesOf(mapping)}${attributesText(mapping) === '' ? '' : `: ${attributesText(mapping)}`}\n`);
  }
  if (reaching.length === 0) io.out(`no stream reaches PA ${hex(pa)}\n`);
  return EXIT.OK;
}

async function withSurvey(path: string, options: Options, io: Io, use: (opened: Opened) => ExitCode): Promise<ExitCode> {
  const capture = await openCapture(path, options, io);
  return withMachine(capture, NO_CACHES, 'arch', (machine) => use({ capture, surveyed: surveyedOf(machine) }));
}

const common = (command: Command): Command => dumpOptions(command.argument('<capture>', CAPTURE_ARGUMENT)).option('--json', 'JSON');

/** `ptdump CAPTURE`, `who CAPTURE PA`: what streams map, and who maps an address. */
export const registerPtdump: Register = (program, io, done) => {
  common(program.command('ptdump'))
    .description('every range that streams map, with attributes of both stages')
    .option('--sid <StreamID>', 'of this stream only', streamId)
    .option('--ssid <SubstreamID>', 'of this substream only', substreamId)
    .action(async (path: string, options: Options) => done(await withSurvey(path, options, io, (opened) => dump(opened, options, io))));
  common(program.command('who'))
    .description('which streams reach a physical address, and what lies there')
    .argument('<pa>', 'a physical address', address)
    .action(async (path: string, pa: bigint, options: Options) => done(await withSurvey(path, options, io, (opened) => who(opened, pa, options.json === true, io))));
};
