import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { CD, PRESETS, REGISTERS, STE } from '../../src/model/spec/index.ts';
import type { FieldDef, FieldValues, RecordDef } from '../../src/model/spec/index.ts';
import { IOVA, IPA, NestedMachine, S1_PAGE } from './nested-machine.ts';

/** Fields that say how the SMMU reads memory, or what it may do: with every value of theirs the answers are the same. */

const { id } = PRESETS['qemu-11'];
/** Attributes may be overridden, MSIs written. */
const IDS = { IDR0: (id.IDR0 | (1 << 13)) >>> 0, IDR1: (id.IDR1 | (3 << 26)) >>> 0 };

interface Setting {
  readonly ste?: FieldValues;
  readonly cd?: FieldValues;
  readonly register?: readonly [offset: number, value: number];
}

/** A read that walks, a write that hits, a fault with its record. */
function answers({ register, ...fields }: Setting): unknown[] {
  const m = new NestedMachine({ ...fields, id: IDS, caches: DEFAULT_CACHES });
  if (register !== undefined) {
    const [offset, value] = register;
    m.smmu.write32(0x20, 0);
    m.smmu.write32(offset, (m.smmu.read32(offset) | value) >>> 0);
    m.smmu.write32(0x20, 0b1101);
  }
  const read = m.access('read');
  const again = m.access('write');
  m.mapStage1(IOVA + 0x1000n, IPA | (S1_PAGE & ~0x400n));
  const fault = m.access('read', { iova: IOVA + 0x1000n });
  m.memory.release();
  return [read.pa, read.attributes, again.pa, fault.rule, fault.events.map((record) => [...record])];
}

const plain = answers({});
const fieldOf = (record: RecordDef, name: string): FieldDef => record.fields.find((one) => one.name === name)!;
/** Every value, of wide fields the low four bits. */
const valuesOf = ({ hi, lo }: FieldDef): number[] => Array.from({ length: 2 ** Math.min(hi - lo + 1, 4) }, (_, value) => value);
const valueOf = (one: FieldDef, value: number): number | boolean => (one.kind === 'flag' ? value === 1 : value);

const named = (names: string): { name: string }[] => names.split(' ').map((name) => ({ name }));

describe('no answer depends on', () => {
  it.each(named('S1CIR S1COR S1CSH S2IR0 S2OR0 S2SH0 DRE DCP CONT MEV ALLOCCFG PPAR'))('STE.$name [ste.$name]', ({ name }) => {
    const field = fieldOf(STE, name);
    for (const value of valuesOf(field)) expect(answers({ ste: { [name]: valueOf(field, value) } }), `${name} ${value}`).toEqual(plain);
  });

  it.each(named('IR0 OR0 SH0 IR1 OR1 SH1 UWXN AMAIR0 AMAIR1'))('CD.$name [cd.$name]', ({ name }) => {
    const field = fieldOf(CD, name);
    for (const value of valuesOf(field)) expect(answers({ cd: { [name]: valueOf(field, value) } }), `${name} ${value}`).toEqual(plain);
  });

  it.each(
    named(
      'CR1.QUEUE_IC CR1.QUEUE_OC CR1.QUEUE_SH CR1.TABLE_IC CR1.TABLE_OC CR1.TABLE_SH GERROR_IRQ_CFG2.MemAttr GERROR_IRQ_CFG2.SH EVENTQ_IRQ_CFG2.MemAttr EVENTQ_IRQ_CFG2.SH PRIQ_IRQ_CFG2.MemAttr PRIQ_IRQ_CFG2.SH',
    ),
  )('$name [register.$name]', ({ name }) => {
    const [register = '', of = ''] = name.split('.');
    const record = REGISTERS.get(register)!;
    const field = fieldOf(record, of);
    for (const value of valuesOf(field)) expect(answers({ register: [record.offset, value << field.lo] }), `${name} ${value}`).toEqual(plain);
  });
});

describe('the upper half has fields of its own (5.4)', () => {
  const HIGH = IOVA | (0xffffn << 48n);
  const upper = (cd: FieldValues = {}): NestedMachine => new NestedMachine({ cd: { EPD1: false, T1SZ: 16, TG1: 2, TTB1: 0x10_4040_0000n, ...cd } });

  it('[cd.TBI1] tags of its addresses', () => {
    const tagged = (HIGH & ~(0xffn << 56n)) | (0x5an << 56n);
    expect(upper({ TBI1: true }).access('read', { iova: tagged }).status).toBe('success');
    expect(upper({ TBI0: true }).access('read', { iova: tagged }).rule).toBe('s1.input-range');
  });

  it('[cd.HAD1] [rule.s1.permission-write] what its tables forbid', () => {
    const readOnlyTable = (cd: FieldValues): NestedMachine => {
      const m = upper(cd);
      const at = m.stage1Path(IOVA)[0]!;
      m.memory.write64(at, m.memory.read64(at)! | (1n << 62n));
      return m;
    };
    expect(readOnlyTable({ HAD0: true }).access('write', { iova: HIGH }).rule).toBe('s1.permission-write');
    expect(readOnlyTable({ HAD1: true }).access('write', { iova: HIGH }).status).toBe('success');
  });
});

describe('which permission is missing', () => {
  const page = (stage1: bigint, stage2 = 0x7ffn): NestedMachine => {
    const m = new NestedMachine({ cd: { PAN: true } });
    m.mapStage1(IOVA, IPA | stage1);
    m.mapStage2(IPA, 0x4300_0000n | stage2);
    return m;
  };
  it.each([
    { rule: 's1.permission-read', m: page(S1_PAGE & ~0x40n), access: 'read', privileged: false },
    { rule: 's1.permission-execute', m: page(S1_PAGE | (1n << 53n)), access: 'execute', privileged: true },
    { rule: 's1.pan', m: page(S1_PAGE), access: 'read', privileged: true },
    { rule: 's2.permission-execute', m: page(S1_PAGE & ~0x40n, 0x7ffn | (1n << 54n)), access: 'execute', privileged: true },
  ] as const)('[rule.$rule]', ({ rule, m, access, privileged }) => {
    expect(m.access(access, { privileged }).rule).toBe(rule);
  });

  it('[rule.tlb.hit] an entry that answers is the rule', () => {
    const m = new NestedMachine({ caches: DEFAULT_CACHES });
    expect([m.access().rule, m.access().rule]).toEqual(['ok.translated', 'tlb.hit']);
  });
});
