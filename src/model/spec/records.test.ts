import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldWidth, isNamed } from './fields.ts';
import type { FieldDef, RecordDef } from './fields.ts';
import { decode, encode, fieldOf, wide } from './layout.ts';
import { RECORDS } from './records.ts';
import { SECTIONS } from './sections.ts';

const words = (record: RecordDef) => fc.uint32Array({ minLength: record.bytes / 4, maxLength: record.bytes / 4 });

/** The words with only the named bits of the record left, and constants as they have to be. */
function named(record: RecordDef, raw: Uint32Array): Uint32Array {
  const kept = new Uint32Array(raw.length);
  for (const field of record.fields.filter(isNamed)) {
    for (let bit = field.lo; bit <= field.hi; bit++) {
      const set = field.constant === undefined ? (raw[bit >> 5]! >>> (bit & 31)) & 1 : (field.constant >>> (bit - field.lo)) & 1;
      kept[bit >> 5]! |= set << (bit & 31);
    }
  }
  return kept;
}

const valueOf = (field: FieldDef) => {
  const bits = fc.bigInt({ min: 0n, max: (1n << BigInt(fieldWidth(field))) - 1n });
  if (field.constant !== undefined) return fc.constant(field.hi === field.lo ? field.constant === 1 : field.constant);
  if (field.kind === 'flag') return fc.boolean();
  if (field.kind === 'addr') return bits.map((value) => value << BigInt(field.lo & 63));
  return fieldWidth(field) > 32 ? bits : bits.map(Number);
};

describe.each([...RECORDS.values()].map((record) => [record.id, record] as const))('%s', (_id, record) => {
  test('owns every bit once', () => {
    const owners = new Uint8Array(record.bytes * 8);
    for (const { hi, lo } of record.fields) for (let bit = lo; bit <= hi; bit++) owners[bit]!++;
    expect(owners.every((count) => count === 1)).toBe(true);
  });

  test('encode(decode(words)) gives the named bits back', () => {
    fc.assert(fc.property(words(record), (raw) => {
      const kept = named(record, raw);
      const back = new Uint32Array(raw.length).fill(0xffff_ffff);
      encode(record, decode(record, kept, 0), back, 0);
      expect(back).toEqual(kept);
    }), { numRuns: 25 });
  });

  test('decode(encode(values)) gives the values back', () => {
    const values = fc.record(Object.fromEntries(record.fields.filter(isNamed).map((field) => [field.name, valueOf(field)])));
    fc.assert(fc.property(values, (given) => {
      const raw = new Int32Array(record.bytes / 4 + 3);
      encode(record, given, raw, 2);
      expect(decode(record, raw, 2)).toEqual(given);
      expect([raw[0], raw[1], raw.at(-1)]).toEqual([0, 0, 0]);
    }), { numRuns: 25 });
  });

  test('says what each field is, in a section that exists', () => {
    expect(SECTIONS.has(record.section), record.section).toBe(true);
    for (const field of record.fields) {
      expect(field.doc, field.name).toMatch(/^([A-Z0-9]|log2 ).*\.$/);
      expect(SECTIONS.has(field.section), `${field.name}: ${field.section}`).toBe(true);
      for (const value of Object.keys(field.values ?? {})) expect(Number(value)).toBeLessThan(2 ** fieldWidth(field));
      for (const [name, doc] of Object.values(field.values ?? {})) expect([name, doc].every((text) => text.length > 0)).toBe(true);
    }
  });

  test('gives different codes different names', () => {
    for (const field of record.fields) {
      const names = Object.values(field.values ?? {}).map(([name]) => name).filter((name) => name !== 'reserved');
      expect(new Set(names).size, field.name).toBe(names.length);
    }
  });
});

test('names are unique over all records', () => {
  expect(RECORDS.size).toBeGreaterThan(140);
});

test('wide reads what decode does', () => {
  const record = RECORDS.get('CD')!;
  const raw = Uint32Array.from({ length: 16 }, (_, i) => (0x9e37_79b9 * (i + 1)) >>> 0);
  const values = decode(record, raw, 0);
  for (const name of Object.keys(values)) {
    expect(wide(record, name)(raw, 0), name).toBe(BigInt(values[name]!));
    expect(fieldOf(record, name)?.name).toBe(name);
  }
});
