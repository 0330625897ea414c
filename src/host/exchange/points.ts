/** Where of a run registers and memory are wanted, besides its end: after so many steps, and around those in which something happened. */
import { KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import { emptyElement } from '../../query/index.ts';
import type { Predicate } from '../../query/index.ts';
import type { BundleChoice } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { ReadOptions, RecordSource } from '../trace/record-source.ts';
import { compiled } from './compiled-filter.ts';
import type { OpenedRun } from './sources.ts';

/** A bundle has at most so many, with that of the end. */
const MOST = 99;

/** In order, each once, none of them the end. Throws an RpcError: there is no such step, too many, what a filter is refused with. */
export async function pointsOf({ trace, about: { steps }, devices }: OpenedRun, { statesAt = [], statesAround = '' }: BundleChoice, options: ReadOptions): Promise<readonly number[]> {
  const beyond = statesAt.find((point) => point > steps);
  if (beyond !== undefined) throw new RpcError({ code: RPC_CODES.badRequest, message: `registers and memory after step ${beyond}: the run has ${steps} steps` });
  const around = statesAround.trim() === '' ? [] : await stepsWith(trace, compiled(statesAround, devices), options);
  const points = new Set([...statesAt, ...around.flatMap((step) => [Math.max(step - 1, 0), step])]);
  points.delete(steps);
  if (points.size > MOST) throw new RpcError({ code: RPC_CODES.badRequest, message: `registers and memory at ${points.size} points: a bundle has room for ${MOST} besides the end; narrow the filter` });
  return [...points].sort((a, b) => a - b);
}

/** Numbers of steps, 0 before the first, in which a record matches. */
async function stepsWith(trace: RecordSource, matches: Predicate, options: ReadOptions): Promise<readonly number[]> {
  const found = new Set<number>();
  const element = emptyElement();
  let step = 0;
  for await (const { words } of trace.pieces(options)) {
    element.record = words;
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      if ((words[at]! & 0xff) === KIND.STEP) step = words[at + PAYLOAD]! + 1;
      element.recordAt = at;
      if (matches(element)) found.add(step);
    }
  }
  return [...found];
}
