import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CD, COMMANDS, EVENTS, STE } from '../model/spec/index.ts';
import type { RecordDef } from '../model/spec/index.ts';
import { copyRecord, formsOf, kindOf, type CopiedRecord } from './copy-record.ts';

const recordOf = (type: string, def: RecordDef, words: readonly bigint[]): CopiedRecord => ({
  type,
  words: words.map((word) => word.toString(16).padStart(16, '0')),
  fields: def.fields.map(({ name, hi, lo }) => ({ name, bits: [hi, lo], value: '' })),
});

/** The words that a compiler would make of the C text: GENMASK_ULL and FIELD_PREP as Linux defines them. */
function compiled(c: string): bigint[] {
  const masks = new Map([...c.matchAll(/^#define (\w+)\s+GENMASK_ULL\((\d+), (\d+)\)$/gm)].map(([, name, hi, lo]) => [name, { hi: BigInt(hi!), lo: BigInt(lo!) }]));
  return [...c.matchAll(/cpu_to_le64\(((?:FIELD_PREP\([^)]*\)|[^()])*)\)/g)].map(([, body]) =>
    body!.replace(/\/\*.*?\*\//g, '').split('|').reduce((word, term) => {
      const [, name, value] = /FIELD_PREP\((\w+), (0x[0-9a-f]+)\)/.exec(term) ?? [];
      if (name === undefined) return word | BigInt(term.trim().replace('ULL', ''));
      const { hi, lo } = masks.get(name)!;
      expect(BigInt(value!) >> (hi - lo + 1n)).toBe(0n);
      return word | (BigInt(value!) << lo);
    }, 0n),
  );
}

it('devmem lines write a record where it lies, and a register at its offset', () => {
  const record = recordOf('STE', STE as RecordDef, [0xfn, 1n << 63n]);
  expect(copyRecord({ ...record, at: '0x40000400' }, 'devmem')).toBe('devmem 0x40000400 64 0x000000000000000f\ndevmem 0x40000408 64 0x8000000000000000');
  expect(copyRecord({ ...record, at: { offset: 0x20, bits: 32 } }, 'devmem')).toBe('devmem $((SMMU + 0x20)) 32 0x0000000f');
  expect([formsOf(record).includes('devmem'), formsOf({ ...record, at: '0x0' }).includes('devmem')]).toEqual([false, true]);
});

const word = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });

describe('C', () => {
  it.each([
    ['STE', STE as RecordDef],
    ['CD', CD as RecordDef],
    ['CMD_TLBI_NH_VA', COMMANDS.byName.get('CMD_TLBI_NH_VA') as RecordDef],
    ['CMD_CFGI_STE', COMMANDS.byName.get('CMD_CFGI_STE') as RecordDef],
    ['F_TRANSLATION', EVENTS.byName.get('F_TRANSLATION') as RecordDef],
  ])('of %s compiles to the words it was made of, whatever they hold', (type, def) => {
    const count = def.bytes / 8;
    fc.assert(fc.property(fc.array(word, { minLength: count, maxLength: count }), (words) => void expect(compiled(copyRecord(recordOf(type, def, words), 'c'))).toEqual(words)), { numRuns: 60 });
  });

  it('names masks by record, word and field, and leaves out what is 0', () => {
    const text = copyRecord({ type: 'STE', words: ['000000000000000b', '0000000000000000'], fields: [{ name: 'V', bits: [0, 0], value: '1' }, { name: 'Config', bits: [3, 1], value: 's1' }, { name: 'S1DSS', bits: [65, 64], value: '0' }] }, 'c');
    expect(text).toBe('#define STE_0_V      GENMASK_ULL(0, 0)\n#define STE_0_Config GENMASK_ULL(3, 1)\n\nconst __le64 ste[2] = {\n\tcpu_to_le64(FIELD_PREP(STE_0_V, 0x1) |\n\t\t    FIELD_PREP(STE_0_Config, 0x5)),\n\tcpu_to_le64(0),\n};\n');
  });
});

const EVENT: CopiedRecord = { type: 'F_TRANSLATION', words: ['0000001000000010', '0000028880000000'], fields: [{ name: 'StreamID', bits: [63, 32], value: '0x10' }, { name: 'Class', bits: [105, 104], value: 'IN: input' }] };

it.each([
  ['hex', '0x0000001000000010 0x0000028880000000'],
  ['text', 'F_TRANSLATION, StreamID 0x10, Class IN: input'],
  ['yaml', 'type: F_TRANSLATION\nwords: [0x0000001000000010, 0x0000028880000000]\nfields:\n  StreamID: 0x10\n  Class: "IN: input"'],
  ['cli', 'smmu-lab decode --kind event 0x0000001000000010 0x0000028880000000'],
] as const)('%s', (form, text) => expect(copyRecord(EVENT, form)).toBe(text));

it('json', () => expect(JSON.parse(copyRecord(EVENT, 'json'))).toEqual({ type: 'F_TRANSLATION', words: ['0x0000001000000010', '0x0000028880000000'], fields: { StreamID: '0x10', Class: 'IN: input' } }));

it('knows what the decoder calls a record', () => expect(['C_BAD_STE', 'CMD_SYNC', 'CD', 'S1 L3'].map(kindOf)).toEqual(['event', 'cmd', 'cd', null]));
