/** `--filter`: the transactions of a run that a filter matches, in place of its steps. */
import { tmpdir } from 'node:os';
import { EXPECTATION } from '../host/engine/api.ts';
import { transactionRows } from '../host/rows/transaction-rows.ts';
import { RunRecord } from '../host/run/run-record.ts';
import { TraceLog } from '../host/trace/trace-log.ts';
import type { LabData, Runner, StepResult } from '../model/lab/index.ts';
import type { TransactionRow } from '../protocol/contract.ts';
import { jsonLine } from './io.ts';
import type { Io } from './io.ts';
import { Refusal } from './refusal.ts';

const STATES = { none: EXPECTATION.NONE, met: EXPECTATION.MET, failed: EXPECTATION.FAILED } as const;

export class Matching {
  readonly #filter: string;
  readonly #run = new RunRecord(new TraceLog({ spoolFolder: tmpdir() }));
  readonly #expectations: number[] = [];

  /** A text that is no filter is refused, with its column; what is odd about it is said on standard error. */
  constructor(filter: string, { host }: LabData, { length, machine }: Runner, io: Io) {
    this.#filter = filter;
    this.#run.describe({ title: host.title, steps: length, devices: host.devices.map(({ StreamID, name }) => [StreamID, name]), id: machine.smmu.features.id });
    const { error, warnings } = this.#run.filters.check('transactions', filter);
    if (error !== null) throw new Refusal({ code: error.code, message: error.message, at: { file: '--filter', line: 1, column: error.column } });
    for (const { message } of warnings) io.err(`smmu-lab: --filter: ${message}\n`);
  }

  take({ expectation }: StepResult): void {
    this.#expectations.push(STATES[expectation.state]);
  }

  /** The matching transactions of these trace records, one a line; JSON lines begin with what `of` says. */
  output(records: Int32Array, json: boolean, of: Readonly<Record<string, string>> = {}): string {
    const run = this.#run;
    run.log.append(records);
    run.take({ position: this.#expectations.length, expectations: Uint8Array.from(this.#expectations), notes: [] });
    const matches = run.filters.matches('transactions', this.#filter);
    const rows = transactionRows(run, Array.from({ length: matches.length }, (_, n) => matches.at(n)!));
    run.log.close();
    return rows.map((row) => (json ? jsonLine({ ...of, ...row }) : line(row))).join('');
  }
}

function line({ txn, step, device, sid, access, iova, status, pa, event, reads, why }: TransactionRow): string {
  const who = device ?? `0x${sid.toString(16)}`;
  const result = [status, ...(pa === null ? [] : [`PA ${pa}`]), ...(event === null ? [] : [event])].join(' ');
  return `${String(txn).padStart(5)}  step ${step}: ${who} ${access} ${iova}: ${result}, ${reads} reads\n${' '.repeat(7)}${why}\n`;
}
