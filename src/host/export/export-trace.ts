/** A trace as a file of another format, or a folder of files: all of it or what a filter selects, written whole or not at all. */
import { ChromeTrace } from '../../formats/chrome-trace/chrome-trace.ts';
import { traceCsv } from '../../formats/csv/trace-csv.ts';
import { traceJsonl } from '../../formats/jsonl/lines.ts';
import type { TraceText } from '../../formats/trace/trace-text.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import { emptyElement } from '../../query/index.ts';
import type { Predicate } from '../../query/index.ts';
import type { ExportFormat } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import { writeWhole } from '../whole-file.ts';
import { writeWholeFolder } from '../whole-folder.ts';
import type { FolderWriter } from '../whole-folder.ts';
import { isShard, ParquetShards, SHARD_ROWS } from './parquet-shards.ts';
import type { About } from './parquet-shards.ts';

export interface ExportedTrace {
  readonly source: RecordSource;
  readonly title: string;
  readonly devices: readonly (readonly [sid: number, name: string])[];
}

export interface TraceExport {
  readonly file: string;
  readonly format: ExportFormat;
  /** Of Parquet: rows of each file of a folder; null: all in one file. */
  readonly shardRows?: number | null | undefined;
  /** Which records are written; null: all. */
  readonly matches: Predicate | null;
}

/** Records made into text at once: some megabytes of it. */
const SLICE = 4096 * RECORD_WORDS;

const NAMES = { jsonl: 'the JSON lines', csv: 'the CSV', chrome: 'the Chrome trace' } as const;

function textOf(format: keyof typeof NAMES, { source, title, devices }: ExportedTrace): TraceText {
  switch (format) {
    case 'jsonl':
      return traceJsonl();
    case 'csv':
      return traceCsv();
    case 'chrome': {
      const { level, records, dropped, omitted, cut = false } = source.info;
      return new ChromeTrace({ title, level, records, dropped, omitted, cut }, new Map(devices));
    }
  }
}

/** How many records were written. Throws an RpcError (`cancelled`, `unwritable`, what the source throws); `file` is then as it was. */
export function exportTrace(trace: ExportedTrace, { file, format, matches, shardRows = SHARD_ROWS }: TraceExport, options: ReadOptions = {}): Promise<number> {
  if (format === 'parquet') {
    const rows = async (files: FolderWriter): Promise<number> => {
      const shards = new ParquetShards(files, aboutOf(trace), shardRows ?? Infinity);
      const written = await inSlices(trace, options, (slice) => shards.add(slice, matches));
      await shards.end();
      return written;
    };
    if (shardRows === null) return writeWhole(file, 'the Parquet file', (write) => rows({ begin: () => undefined, write }));
    return writeWholeFolder(file, 'the Parquet files', isShard, rows);
  }
  const text = textOf(format, trace);
  const encoder = new TextEncoder();
  return writeWhole(file, NAMES[format], async (write) => {
    write(encoder.encode(text.head));
    const written = await inSlices(trace, options, (slice) => {
      const wanted = matches === null ? slice : matching(slice, matches);
      write(encoder.encode(text.records(wanted)));
      return wanted.length / RECORD_WORDS;
    });
    write(encoder.encode(text.end()));
    return written;
  });
}

/** `take` gives how many it has written. */
async function inSlices({ source }: ExportedTrace, options: ReadOptions, take: (slice: Int32Array) => number | Promise<number>): Promise<number> {
  let [read, written] = [0, 0];
  for await (const { words } of source.pieces(options)) {
    for (let at = 0; at < words.length; at += SLICE) {
      if (options.signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: `cancelled after ${read} of ${source.info.records} records` });
      const slice = words.subarray(at, at + SLICE);
      written += await take(slice);
      read += slice.length / RECORD_WORDS;
      // Others on this thread are answered meanwhile, and a signal is heard.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return written;
}

function aboutOf({ source, title, devices }: ExportedTrace): About {
  const { level, records, dropped, omitted, cut = false, digest } = source.info;
  const known = { title, level, records, dropped, omitted, cut, digest, devices: JSON.stringify(Object.fromEntries(devices)) };
  return Object.fromEntries(Object.entries(known).map(([key, value]) => [`smmu-lab.${key}`, String(value ?? '')]));
}

function matching(words: Int32Array, matches: Predicate): Int32Array {
  const element = emptyElement();
  element.record = words;
  const found = new Int32Array(words.length);
  let end = 0;
  for (element.recordAt = 0; element.recordAt < words.length; element.recordAt += RECORD_WORDS) {
    if (!matches(element)) continue;
    found.set(words.subarray(element.recordAt, element.recordAt + RECORD_WORDS), end);
    end += RECORD_WORDS;
  }
  return found.subarray(0, end);
}
