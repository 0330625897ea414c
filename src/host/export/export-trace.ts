/** A trace as a file of another format: all of it or what a filter selects, written whole or not at all. */
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

export interface ExportedTrace {
  readonly source: RecordSource;
  readonly title: string;
  readonly devices: readonly (readonly [sid: number, name: string])[];
}

export interface TraceExport {
  readonly file: string;
  readonly format: ExportFormat;
  /** Which records are written; null: all. */
  readonly matches: Predicate | null;
}

/** Records made into text at once: some megabytes of it. */
const SLICE = 4096 * RECORD_WORDS;

const NAMES = { jsonl: 'the JSON lines', csv: 'the CSV', chrome: 'the Chrome trace' } as const;

function textOf(format: ExportFormat, { source, title, devices }: ExportedTrace): TraceText {
  switch (format) {
    case 'jsonl':
      return traceJsonl();
    case 'csv':
      return traceCsv();
    case 'chrome': {
      const { level, records, dropped, omitted } = source.info;
      return new ChromeTrace({ title, level, records, dropped, omitted }, new Map(devices));
    }
  }
}

/** How many records were written. Throws an RpcError (`cancelled`, `unwritable`, what the source throws); `file` is then as it was. */
export function exportTrace(trace: ExportedTrace, { file, format, matches }: TraceExport, options: ReadOptions = {}): Promise<number> {
  const text = textOf(format, trace);
  const encoder = new TextEncoder();
  return writeWhole(file, NAMES[format], async (write) => {
    let [read, written] = [0, 0];
    write(encoder.encode(text.head));
    for await (const { words } of trace.source.pieces(options)) {
      for (let at = 0; at < words.length; at += SLICE) {
        if (options.signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: `cancelled after ${read} of ${trace.source.info.records} records` });
        const slice = words.subarray(at, at + SLICE);
        const wanted = matches === null ? slice : matching(slice, matches);
        write(encoder.encode(text.records(wanted)));
        read += slice.length / RECORD_WORDS;
        written += wanted.length / RECORD_WORDS;
        // Others on this thread are answered meanwhile, and a signal is heard.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    write(encoder.encode(text.end()));
    return written;
  });
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
