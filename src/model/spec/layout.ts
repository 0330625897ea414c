/**
 * The form of the one table. A record is declared once, field by field, with absolute bit ranges over the whole record
 * ([143:128], not "word 2 [15:0]"), so that nothing is re-based by hand. Defining one throws at load when two fields overlap
 * or when a bit is neither named nor reserved: a hole in the table is a bug of this program.
 */
import { assert } from '../base/assert.ts';
import { constant, isNamed, res0, uint } from './fields.ts';
import type { CaseDef, FieldDef, RecordDef, RegisterDef, TaggedDef, Unplaced } from './fields.ts';

export * from './codec.ts';
export * from './fields.ts';

const where = (field: { readonly name: string; readonly hi: number; readonly lo: number }): string =>
  `${field.name} [${field.hi}:${field.lo}]`;

function checkField(id: string, field: Unplaced<string>, bits: number): void {
  assert(field.hi < bits && field.lo >= 0 && field.lo <= field.hi, `${id}: ${where(field)} is no range of ${bits} bits`);
  assert(field.hi >> 6 === field.lo >> 6, `${id}: ${where(field)} crosses a 64-bit word`);
  assert(field.doc !== '', `${id}: ${where(field)} has no doc`);
}

function checkNames(id: string, fields: readonly FieldDef[]): void {
  const seen = new Set<string>();
  for (const field of fields) {
    if (!isNamed(field)) continue;
    assert(!seen.has(field.name), `${id}: two fields are named ${field.name}`);
    seen.add(field.name);
  }
}

function place<N extends string>(
  id: string,
  bytes: number,
  section: string,
  unplaced: readonly Unplaced<N>[],
): readonly FieldDef<N>[] {
  const bits = bytes * 8;
  for (const field of unplaced) checkField(id, field, bits);
  const fields = unplaced.map((field) => ({ section, ...field })).sort((a, b) => a.lo - b.lo);
  let next = 0;
  let previous = 'the start';
  for (const field of fields) {
    assert(field.lo >= next, `${id}: ${where(field)} overlaps ${previous}`);
    assert(field.lo === next, `${id}: bits [${field.lo - 1}:${next}] between ${previous} and ${where(field)} are neither named nor reserved`);
    next = field.hi + 1;
    previous = where(field);
  }
  assert(next === bits, `${id}: bits [${bits - 1}:${next}] after ${previous} are neither named nor reserved`);
  checkNames(id, fields);
  return fields;
}

/** Defines a record; throws on an overlap, a gap, a range outside the record or a name used twice. */
export function defineRecord<const N extends string>(spec: {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly section: string;
  readonly fields: readonly Unplaced<N>[];
}): RecordDef<N> {
  return { ...spec, fields: place(spec.id, spec.bytes, spec.section, spec.fields) };
}

export interface CaseSpec {
  readonly name: string;
  readonly number: number;
  readonly section: string;
  readonly doc: string;
  readonly needs?: string;
  readonly since?: string;
  readonly fields: readonly Unplaced<string>[];
}

/** RES0 for the bits that no field names: what 4.1.5 and 7.3 say of commands and event records. */
function reserveRest(bytes: number, fields: readonly Unplaced<string>[]): readonly Unplaced<string>[] {
  const rest: Unplaced<string>[] = [];
  let next = 0;
  for (const field of [...fields].sort((a, b) => a.lo - b.lo)) {
    if (field.lo > next) rest.push(...reserve(field.lo - 1, next));
    next = Math.max(next, field.hi + 1);
  }
  return next < bytes * 8 ? [...fields, ...rest, ...reserve(bytes * 8 - 1, next)] : [...fields, ...rest];
}

/** One RES0 field for each 64-bit word that [hi:lo] touches. */
function reserve(hi: number, lo: number): Unplaced<string>[] {
  const top = Math.min(hi, lo | 63);
  return top === hi ? [res0(hi, lo)] : [res0(top, lo), ...reserve(hi, top + 1)];
}

/**
 * Defines records told apart by the tag in bits [hi:lo]; each case is checked like a record of its own. Bits that a case
 * does not name are RES0.
 */
export function defineTagged(spec: {
  readonly id: string;
  readonly title: string;
  readonly bytes: number;
  readonly section: string;
  readonly tag: { readonly name: string; readonly hi: number; readonly lo: number; readonly doc: string };
  readonly cases: readonly CaseSpec[];
}): TaggedDef {
  const { tag } = spec;
  const cases = spec.cases.map((one): CaseDef => {
    const fields = [constant(tag.name, tag.hi, tag.lo, one.number, tag.doc), ...one.fields];
    const { name, ...rest } = one;
    return { ...rest, id: name, title: name, bytes: spec.bytes, fields: place(name, spec.bytes, one.section, reserveRest(spec.bytes, fields)) };
  });
  const byNumber = new Map(cases.map((one) => [one.number, one]));
  const byName = new Map(cases.map((one) => [one.id, one]));
  assert(byNumber.size === cases.length, `${spec.id}: two cases have one number`);
  assert(byName.size === cases.length, `${spec.id}: two cases have one name`);
  const [tagField] = place(`${spec.id} tag`, 8, spec.section, [uint(tag.name, tag.hi, tag.lo, tag.doc), res0(63, tag.hi + 1)]);
  assert(tagField !== undefined, `${spec.id}: no tag`);
  return { id: spec.id, title: spec.title, bytes: spec.bytes, section: spec.section, tag: tagField, cases, byNumber, byName };
}

/** Defines a 32- or 64-bit register. */
export function defineRegister<const N extends string>(
  spec: Omit<RegisterDef, 'bytes' | 'page' | 'fields' | 'guard'> & {
    readonly guard?: readonly string[];
    readonly fields: readonly Unplaced<N>[];
  },
): RegisterDef<N> {
  const bytes = spec.bits / 8;
  assert(spec.offset % bytes === 0, `${spec.id}: offset is not aligned to ${bytes} bytes`);
  const fields = place(spec.id, bytes, spec.section, spec.fields);
  return { ...spec, bytes, page: spec.offset < 0x10000 ? 0 : 1, guard: spec.guard ?? [], fields };
}
