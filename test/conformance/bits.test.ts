/**
 * The one table against a second source: bits.tsv was read from a public model by another hand and is kept unchanged.
 * A table can be wrong in one place and look right everywhere; two tables are not wrong in the same place.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isNamed } from '../../src/model/spec/index.ts';
import type { FieldDef } from '../../src/model/spec/index.ts';
import { RECORDS } from '../../src/model/spec/records.ts';

interface Row {
  readonly record: string;
  readonly field: string;
  readonly hi: number;
  readonly lo: number;
}

const rows: readonly Row[] = readFileSync(new URL('bits.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [record, field, hi, lo] = line.split('\t');
    return { record: record!, field: field!, hi: Number(hi), lo: Number(lo) };
  });

/** Where the names of that model differ from those of the architecture by more than case. */
const RENAMED: Readonly<Record<string, string>> = {
  'STE.valid': 'V',
  'STE.s1ctxptr': 'S1ContextPtr',
  'CD.valid': 'V',
  // The architecture numbers these by half and then by bit: HWU059 is bit 59 of the half of TTB0.
  'CD.hwu0g59': 'HWU059',
  'CD.hwu0g60': 'HWU060',
  'CD.hwu0g61': 'HWU061',
  'CD.hwu0g62': 'HWU062',
  'CD.hwu1g59': 'HWU159',
  'CD.hwu1g60': 'HWU160',
  'CD.hwu1g61': 'HWU161',
  'CD.hwu1g62': 'HWU162',
  'IDR0.stallModel': 'STALL_MODEL',
  'IDR0.termModel': 'TERM_MODEL',
  'IDR0.stLevel': 'ST_LEVEL',
};

/** One row there is two fields of the architecture. */
const SPLIT: Readonly<Record<string, readonly string[]>> = { 'CD.tbi': ['TBI0', 'TBI1'] };

const fieldsOf = (record: string): readonly FieldDef[] => RECORDS.get(record)!.fields.filter(isNamed);

function mine(row: Row): FieldDef | undefined {
  const name = RENAMED[`${row.record}.${row.field}`] ?? row.field;
  return fieldsOf(row.record).find((field) => field.name.toLowerCase() === name.toLowerCase());
}

test('the second source covers STE, CD and IDR0', () => {
  expect(new Set(rows.map((row) => row.record))).toEqual(new Set(['STE', 'CD', 'IDR0']));
  expect(rows.length).toBe(111);
});

test.each(rows.map((row) => [`${row.record}.${row.field}`, row] as const))('%s is at the same bits', (key, row) => {
  const parts = SPLIT[key];
  if (parts === undefined) {
    expect(mine(row)).toMatchObject({ hi: row.hi, lo: row.lo });
    return;
  }
  const fields = parts.map((name) => fieldsOf(row.record).find((field) => field.name === name)!);
  expect([Math.max(...fields.map((field) => field.hi)), Math.min(...fields.map((field) => field.lo))]).toEqual([row.hi, row.lo]);
});
