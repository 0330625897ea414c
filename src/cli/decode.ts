import { Option } from 'commander';
import { WORD_KINDS } from '../formats/words/decode-as.ts';
import type { WordKind } from '../formats/words/decode-as.ts';
import { decodeText } from '../formats/words/decode-text.ts';
import type { DescriptorPlace } from '../formats/words/descriptor.ts';
import { recordJson, recordText } from '../formats/words/describe.ts';
import type { Granule } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { errorText, Refusal } from './refusal.ts';
import type { Register } from './register.ts';

interface Options {
  readonly kind?: WordKind;
  readonly stage?: '1' | '2';
  readonly granule?: Granule;
  readonly level?: string;
  readonly json?: boolean;
}

function placeOf({ stage, granule, level }: Options): DescriptorPlace {
  return {
    ...(stage === undefined ? {} : { stage: stage === '1' ? 1 : 2 }),
    ...(granule === undefined ? {} : { granule }),
    ...(level === undefined ? {} : { level: Number(level) }),
  };
}

/** What can be decoded is printed; what cannot is reported, and then the exit status is 2. */
async function decode(words: readonly string[], options: Options, io: Io): Promise<ExitCode> {
  const fromInput = words.length === 0 || (words.length === 1 && words[0] === '-');
  const text = fromInput ? await io.stdin() : words.join(' ');
  const { records, problems } = decodeText(text, options.kind ?? null, placeOf(options));
  for (const { line, ...rest } of records) {
    const record = fromInput && line !== undefined ? { ...rest, line } : rest;
    io.out(options.json === true ? jsonLine(recordJson(record)) : recordText(record));
  }
  for (const problem of problems) io.err(errorText(fromInput ? problem : { code: problem.code, message: problem.message }));
  if (records.length === 0 && problems.length === 0) {
    throw new Refusal({ code: 'nothing', message: 'nothing to decode: expected words in hexadecimal or lines of a kernel log' });
  }
  return problems.length === 0 ? EXIT.OK : EXIT.REFUSED;
}

/** `decode`: records of queues and tables from their words, or from a kernel log on standard input. */
export const registerDecode: Register = (program, io, done) => {
  program
    .command('decode')
    .description('decode words, or what is recognised on standard input: kernel log lines, event records, STEs, CDs, commands, descriptors')
    .argument('[words...]', '64-bit words in hexadecimal; - or none: standard input')
    .addOption(new Option('--kind <kind>', 'what the words are; recognised where this is not given').choices(WORD_KINDS))
    .addOption(new Option('--stage <stage>', 'of a descriptor').choices(['1', '2']))
    .addOption(new Option('--granule <size>', 'of a descriptor').choices(['4K', '16K', '64K']))
    .addOption(new Option('--level <level>', 'of a descriptor').choices(['0', '1', '2', '3']))
    .option('--json', 'one JSON line per record')
    .action(async (words: string[], options: Options) => done(await decode(words, options, io)));
};
