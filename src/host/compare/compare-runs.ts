/** Two traces compared as they are read: memory is that of a step on each side, of a very long one that of a part of it. */
import { ReportBuilder } from '../../model/lab/index.ts';
import type { ComparisonReport, Reasons, ReportLimits, StepSaid } from '../../model/lab/index.ts';
import { TraceComparison } from '../../model/trace/compare/compare.ts';
import type { CompareOptions } from '../../model/trace/compare/compare.ts';
import { ItemReader } from '../../model/trace/compare/item.ts';
import type { ItemStretch } from '../../model/trace/compare/item.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';

/** One of two runs: a lab that was run, or a trace that was kept of one. */
export interface ComparedRun {
  readonly name: string;
  readonly trace: RecordSource;
  /** What its steps said; null: only the trace is known. */
  readonly steps: readonly StepSaid[] | null;
}

/** Others on this thread are answered so often. */
const SLICE_MS = 10;

async function* stretchesOf(trace: RecordSource, options: ReadOptions): AsyncGenerator<ItemStretch, void, void> {
  const reader = new ItemReader();
  for await (const { words } of trace.pieces(options)) yield* reader.push(words);
  yield reader.end();
}

/** Throws an RpcError: `cancelled`, and what a source throws. */
export async function compareRuns(a: ComparedRun, b: ComparedRun, reasons: Reasons, options: CompareOptions & ReportLimits, { signal, progress }: ReadOptions = {}): Promise<ComparisonReport> {
  const total = a.trace.info.records + b.trace.info.records;
  const read = { a: 0, b: 0 };
  const following = (side: 'a' | 'b'): ReadOptions => ({
    signal,
    progress: (done) => {
      read[side] = done;
      progress?.(read.a + read.b, total);
    },
  });
  const sides = { a: stretchesOf(a.trace, following('a')), b: stretchesOf(b.trace, following('b')) };
  const comparison = new TraceComparison(options);
  const report = new ReportBuilder(options);
  let rested = performance.now();
  while (!comparison.isDone) {
    for (let side = comparison.wants; side !== null; side = comparison.wants) {
      const { value } = await sides[side].next();
      comparison.give(side, value ?? null);
    }
    for (const difference of comparison.take()) report.add(difference);
    if (performance.now() - rested < SLICE_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: 'the comparison was cancelled' });
    rested = performance.now();
  }
  return report.report({ a: a.steps, b: b.steps }, reasons);
}
