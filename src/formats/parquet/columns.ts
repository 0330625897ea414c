/**
 * Trace records as the columns of a Parquet file: a row a record. Columns are only ever added, at the end, and none changes its type; every
 * word of a record is in one of them, so that the record can be made again (docs/exports.md).
 */
import { RULES } from '../../model/spec/rules/registry.ts';
import { decodeRecord, KIND, PAYLOAD, RECORD_WORDS } from '../../model/trace/record.ts';
import type { TraceRecord } from '../../model/trace/record.ts';
import { SPACES, verdictOf } from '../../model/trace/steps.ts';
import { accessOf } from '../trace/access.ts';

export type ParquetType = 'UINT_32' | 'UINT_64' | 'STRING';
export type ParquetCell = number | bigint | string | null;

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** Some cells are null. */
  readonly optional: boolean;
}

interface Row {
  readonly record: TraceRecord;
  readonly words: Int32Array;
  readonly at: number;
  readonly step: number;
}

type Column = ParquetColumn & { readonly cell: (row: Row) => ParquetCell };

const column = (name: string, type: ParquetType, cell: Column['cell'], optional = false): Column => ({ name, type, optional, cell });
const PURPOSES = [null, 'STE', 'CD', 'TT', 'IN'] as const;
/** The word as it is. */
const word = (index: number): Column['cell'] => ({ words, at }) => words[at + index]! >>> 0;

const COLUMNS: readonly Column[] = [
  column('seq', 'UINT_32', word(1)),
  column('transaction', 'UINT_32', word(2)),
  column('step', 'UINT_32', ({ step }) => step),
  column('kind', 'STRING', ({ record }) => record.kind),
  column('verdict', 'STRING', ({ record }) => verdictOf(record)),
  column('sid', 'UINT_32', word(4)),
  column('ssid', 'UINT_32', ({ record }) => record.ssid, true),
  column('access', 'STRING', ({ record }) => (record.transaction === 0 ? null : accessOf(record)), true),
  column('stage', 'UINT_32', ({ record }) => (record.stage === 0 ? null : record.stage), true),
  column('level', 'UINT_32', ({ record }) => record.level, true),
  column('space', 'STRING', ({ record }) => SPACES[record.space] ?? null, true),
  column('address', 'UINT_64', ({ record }) => record.address),
  column('purpose', 'STRING', ({ record }) => PURPOSES[record.purpose] ?? null, true),
  column('rule', 'STRING', ({ record }) => record.rule === 0 ? null : (RULES[record.rule]?.id ?? null), true),
  ...Array.from({ length: RECORD_WORDS - PAYLOAD }, (_, n) => column(`p${n}`, 'UINT_32', word(PAYLOAD + n))),
  column('head', 'UINT_32', word(0)),
  column('rule_number', 'UINT_32', word(3)),
  column('client', 'UINT_32', word(5)),
];

export const PARQUET_COLUMNS: readonly ParquetColumn[] = COLUMNS.map(({ name, type, optional }) => ({ name, type, optional }));

/** Collects rows, all of a trace in order: the step of a record is that of the STEP record before it. */
export class ParquetRows {
  #step = 0;
  #columns: ParquetCell[][] = COLUMNS.map(() => []);

  get count(): number {
    return this.#columns[0]!.length;
  }

  /** The record at word `at`. */
  add(words: Int32Array, at: number): void {
    const row = { record: decodeRecord(words, at), words, at, step: this.#step };
    COLUMNS.forEach(({ cell }, n) => this.#columns[n]!.push(cell(row)));
  }

  /** A record that is not a row tells the step all the same. */
  pass(words: Int32Array, at: number): void {
    if ((words[at]! & 0xff) === KIND.STEP) this.#step = words[at + PAYLOAD]! + 1;
  }

  /** The rows since the last call, column by column. */
  take(): ParquetCell[][] {
    const taken = this.#columns;
    this.#columns = COLUMNS.map(() => []);
    return taken;
  }
}
