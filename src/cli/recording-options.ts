/** `--level`, `--limit` and `--before-faults`: what of a run is recorded. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { TRACE_LEVELS } from '../model/trace/recorder.ts';
import type { TraceLevel } from '../model/trace/recorder.ts';
import { DEFAULT_RECORDING } from '../protocol/contract.ts';
import type { RecordingOptions } from '../protocol/contract.ts';
import { wholeNumber } from './arguments.ts';

export interface RecordingChoice {
  readonly level?: TraceLevel;
  readonly limit?: number;
  readonly beforeFaults?: number;
}

export const recordingOf = ({ level, limit, beforeFaults }: RecordingChoice): RecordingOptions => ({
  ...DEFAULT_RECORDING,
  level: level ?? DEFAULT_RECORDING.level,
  limit: limit ?? DEFAULT_RECORDING.limit,
  beforeFaults: beforeFaults ?? null,
});

export const withRecordingOptions = (command: Command): Command =>
  command
    .addOption(new Option('--level <level>', 'what the trace tells: transactions, one record of each; steps, every read and lookup too').choices(TRACE_LEVELS).default('steps'))
    .option('--limit <n>', 'records that are kept of the trace, the first ones', wholeNumber('a number of records', DEFAULT_RECORDING.limit))
    .option('--before-faults <n>', 'of the trace only events and faults are kept, and so many records before each', wholeNumber('a number of records', 1_000_000));
