import { Option } from 'commander';
import { WORD_KINDS } from '../formats/words/decode-as.ts';
import type { WordKind } from '../formats/words/decode-as.ts';
import { existsSync } from 'node:fs';
import { decodeFile } from '../formats/import/decode-file.ts';
import { named } from '../formats/import/named-stream.ts';
import type { DecodedText } from '../formats/words/decoded-text.ts';
import { decodeText } from '../formats/words/decode-text.ts';
import { readBytes } from './files.ts';
import type { DescriptorPlace } from '../formats/words/descriptor.ts';
import { recordJson, recordText } from '../formats/words/describe.ts';
import type { Granule } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';
import { errorText, Refusal, unwrap } from './refusal.ts';
import { namesOf } from './stream-names.ts';
import type { Register } from './register.ts';

interface Options {
  readonly kind?: WordKind;
  readonly stage?: '1' | '2';
  readonly granule?: Granule;
  readonly level?: string;
  readonly names?: readonly string[];
  readonly json?: boolean;
}

function placeOf({ stage, granule, level }: Options): DescriptorPlace {
  return {
    ...(stage === undefined ? {} : { stage: stage === '1' ? 1 : 2 }),
    ...(granule === undefined ? {} : { granule }),
    ...(level === undefined ? {} : { level: Number(level) }),
  };
}

interface Source {
  readonly decoded: DecodedText;
  /** null: words of the command line, which have no lines. */
  readonly file: string | null;
}

async function sourceOf(words: readonly string[], options: Options, io: Io): Promise<Source> {
  const [first] = words;
  const [kind, place] = [options.kind ?? null, placeOf(options)];
  if (first === undefined || (words.length === 1 && first === '-')) return { decoded: decodeText(await io.stdin(), kind, place), file: '-' };
  // A word is no name of a file: at most a file of 16 hex digits could be hidden by it.
  if (words.length > 1 || /^(?:0x)?[0-9a-f]+$/i.test(first) || !existsSync(first)) return { decoded: decodeText(words.join(' '), kind, place), file: null };
  return { decoded: decodeFile(unwrap(await readBytes(first)), kind, place), file: first };
}

/** What can be decoded is printed; what cannot is reported, and then the exit status is 2. */
async function decode(words: readonly string[], options: Options, io: Io): Promise<ExitCode> {
  const { decoded, file } = await sourceOf(words, options, io);
  const { records, problems, streams = [] } = decoded;
  const names = [...streams, ...(await namesOf(options.names ?? []))];
  for (const { line, ...rest } of records) {
    const record = named(file !== null && line !== undefined ? { ...rest, line } : rest, names);
    io.out(options.json === true ? jsonLine(recordJson(record)) : recordText(record));
  }
  const place = file === null || file === '-' ? {} : { file };
  for (const problem of problems) io.err(errorText(file === null ? { code: problem.code, message: problem.message } : { ...problem, at: { ...place, ...problem.at } }));
  if (records.length === 0 && problems.length === 0) {
    throw new Refusal({ code: 'nothing', message: 'nothing to decode: expected words in hexadecimal or lines of a kernel log' });
  }
  return problems.length === 0 ? EXIT.OK : EXIT.REFUSED;
}

/** `decode`: records of queues and tables from their words, or from a kernel log on standard input. */
export const registerDecode: Register = (program, io, done) => {
  program
    .command('decode')
    .description('decode words, a file, or what is recognised on standard input: kernel logs, traces of QEMU, ftrace and strace, debugfs, IORT, device trees; event records, STEs, CDs, commands, descriptors')
    .argument('[words...]', '64-bit words in hexadecimal; or one file; - or none: standard input')
    .addOption(new Option('--kind <kind>', 'what the words are; recognised where this is not given').choices(WORD_KINDS))
    .addOption(new Option('--stage <stage>', 'of a descriptor').choices(['1', '2']))
    .addOption(new Option('--granule <size>', 'of a descriptor').choices(['4K', '16K', '64K']))
    .addOption(new Option('--level <level>', 'of a descriptor').choices(['0', '1', '2', '3']))
    .option('--names <file...>', 'an IORT, acpidump or device tree: whose the StreamIDs are')
    .option('--json', 'one JSON line per record')
    .action(async (words: string[], options: Options) => done(await decode(words, options, io)));
};
