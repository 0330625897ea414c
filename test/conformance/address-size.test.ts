import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

/** The address size summary, row by row (smmuv3.md 4.7; IHI 0070 3.4, 3.4.3): the last address that passes, and the first that does not. */

/** OAS and IAS of the default machine. */
const OAS = 44;
const S1_IN = { name: 'F_ADDR_SIZE', S2: false, Class: 2 };

interface Row {
  readonly title: string;
  readonly options?: MachineOptions;
  readonly bend?: (m: NestedMachine) => unknown;
  /** An access with the address or descriptor at 2^bits - 1 page, and at 2^bits. */
  readonly bits: number;
  readonly access: (m: NestedMachine, address: bigint) => Outcome;
  readonly status: 'fault' | 'abort';
  readonly event: object | null;
  readonly rule: string;
}

const straight = (m: NestedMachine, address: bigint): Outcome => m.access('read', { iova: address });

/** The level 2 descriptor of IOVA. */
const LEVEL_2 = new NestedMachine().stage1Path(IOVA)[2]!;

/** A stage 1 leaf or level 2 table descriptor with this address. */
const leaf1 = (m: NestedMachine, address: bigint): Outcome => (m.mapStage1(IOVA, address | S1_PAGE), m.access());
const table1 = (m: NestedMachine, address: bigint): Outcome => (m.memory.write64(LEVEL_2, address | 3n), m.access());
const leaf2 = (m: NestedMachine, address: bigint): Outcome => (m.mapStage2(IPA, address | S2_PAGE), m.access());

/** Maps IOVA to an IPA whose level 2 descriptor of stage 2 serves nothing else; gives its PA. */
function spare(m: NestedMachine): bigint {
  const ipa = 0x20_0000_0000n;
  m.mapStage1(IOVA, ipa | S1_PAGE);
  m.mapStage2(ipa, 0n);
  return m.stage2Path(ipa)[1]!;
}
const SPARE = spare(new NestedMachine());
const table2 = (m: NestedMachine, address: bigint): Outcome => (m.memory.write64(SPARE, address | 3n), m.access());

// prettier-ignore
const ROWS: readonly Row[] = [
  { title: 'SMMUEN 0: OAS; aborts, no event', bend: (m) => m.smmu.write32(0x20, 0), bits: OAS, access: straight, status: 'abort', event: null, rule: 'gbpa.oas' },
  { title: 'Config 100: OAS', options: { ste: { Config: 4 } }, bits: OAS, access: straight, status: 'fault', event: S1_IN, rule: 'bypass.oas' },
  { title: 'Config 110: IAS, before S2T0SZ', options: { ste: { Config: 6, S2R: false } }, bits: OAS, access: straight, status: 'fault', event: S1_IN, rule: 's1bypass.ias' },
  { title: 'S1DSS 01 with stage 1 alone: IAS', options: { id: { IDR1: PRESETS['qemu-11'].id.IDR1 | (4 << 6) }, ste: { Config: 5, S1ContextPtr: CD_AT, S1CDMax: 2, S1DSS: 1 } }, bits: OAS, access: straight, status: 'fault', event: S1_IN, rule: 's1bypass.ias' },
  { title: 'S1DSS 01 when nested: IAS', options: { id: { IDR1: PRESETS['qemu-11'].id.IDR1 | (4 << 6) }, ste: { S1CDMax: 2, S1DSS: 1 } }, bits: OAS, access: straight, status: 'fault', event: S1_IN, rule: 's1bypass.ias' },
  { title: 'input of stage 1: F_TRANSLATION', bits: 48, access: straight, status: 'fault', event: { name: 'F_TRANSLATION', S2: false, Class: 2 }, rule: 's1.input-range' },
  { title: 'leaf of stage 1: IPS', options: { cd: { IPS: 2 } }, bits: 40, access: leaf1, status: 'fault', event: S1_IN, rule: 's1.output-size' },
  { title: 'table of stage 1: IPS', options: { cd: { IPS: 2 } }, bits: 40, access: table1, status: 'fault', event: S1_IN, rule: 's1.table-size' },
  { title: 'IPS beyond OAS counts as OAS', options: { cd: { IPS: 6 } }, bits: OAS, access: leaf1, status: 'fault', event: S1_IN, rule: 's1.output-size' },
  { title: 'input of stage 2: S2T0SZ, F_TRANSLATION', bits: 40, access: leaf1, status: 'fault', event: { name: 'F_TRANSLATION', S2: true, Class: 2, IPA: 1n << 40n }, rule: 's2.input-range' },
  { title: 'leaf of stage 2: S2PS', options: { ste: { S2PS: 1 } }, bits: 36, access: leaf2, status: 'fault', event: { name: 'F_ADDR_SIZE', S2: true, Class: 2, IPA }, rule: 's2.output-size' },
  { title: 'table of stage 2: S2PS', options: { ste: { S2PS: 2 } }, bend: spare, bits: 40, access: table2, status: 'fault', event: { name: 'F_ADDR_SIZE', S2: true, Class: 2 }, rule: 's2.table-size' },
  { title: 'S2PS beyond OAS counts as OAS', options: { ste: { S2PS: 6 } }, bits: OAS, access: leaf2, status: 'fault', event: { name: 'F_ADDR_SIZE', S2: true, Class: 2, IPA }, rule: 's2.output-size' },
];

describe('one address too far (4.7) [order.4.1.1] [order.4.1.8] [order.4.1.10] [cd.IPS] [ste.S2PS] [register.IDR5.OAS] [gotcha.10]', () => {
  it.each(ROWS.map((row) => [row.title, row] as const))('%s', (_, row) => {
    const m = new NestedMachine(row.options);
    row.bend?.(m);
    const limit = 1n << BigInt(row.bits);
    // Whatever becomes of the last address inside, its size is not why.
    expect(row.access(m, limit - 0x1000n).rule).not.toBe(row.rule);
    const outside = row.access(m, limit);
    expect([outside.status, outside.response, outside.rule]).toEqual([row.status, 'abort', row.rule]);
    if (row.event === null) expect(outside.events).toEqual([]);
    else expect(eventOf(outside)).toMatchObject(row.event);
    m.memory.release();
  });

  it('a block counts by the address that leaves, at stage 1 as at stage 2', () => {
    const m = new NestedMachine({ cd: { IPS: 2 } });
    const level1 = m.stage1Path(IOVA)[1]!;
    m.memory.write64(level1, ((1n << 40n) - (1n << 30n)) | 0xf41n);
    expect(m.access().rule).toBe('s2.invalid');
    m.memory.write64(level1, (1n << 40n) | 0xf41n);
    expect(m.access().rule).toBe('s1.output-size');
    const two = new NestedMachine({ ste: { Config: 6, S2PS: 1 } });
    const second = two.stage2Path(IPA)[0]!;
    two.memory.write64(second, ((1n << 36n) - (1n << 30n)) | 0x7fdn);
    expect(two.access('read', { iova: IPA }).status).toBe('success');
    two.memory.write64(second, (1n << 36n) | 0x7fdn);
    expect(two.access('read', { iova: IPA }).rule).toBe('s2.output-size');
  });

  it.each<[string, MachineOptions, string]>([
    ['TTB0 beyond IPS', { cd: { IPS: 0, TTB0: 1n << 32n } }, 'C_BAD_CD'],
    ['TTB0 within IPS', { cd: { IPS: 1, TTB0: 1n << 32n } }, 'F_TRANSLATION'],
    [
      'TTB1 beyond IPS, although the address is of TTB0 (gotcha 8)',
      { cd: { IPS: 0, TTB0: 0n, EPD1: false, T1SZ: 25, TG1: 2, TTB1: 1n << 32n } },
      'C_BAD_CD',
    ],
    ['the same with EPD1', { cd: { IPS: 0, TTB0: 0n, EPD1: true, T1SZ: 25, TG1: 2, TTB1: 1n << 32n } }, 'F_TRANSLATION'],
    ['S2TTB beyond S2PS', { ste: { S2PS: 0, S2TTB: 1n << 32n } }, 'C_BAD_STE'],
    ['S2TTB within S2PS', { ste: { S2PS: 1, S2TTB: 1n << 32n } }, 'F_WALK_EABT'],
    ['S1ContextPtr beyond IAS', { ste: { S1ContextPtr: 1n << 44n } }, 'C_BAD_STE'],
    ['S1ContextPtr within IAS, beyond S2T0SZ', { ste: { S1ContextPtr: 1n << 43n } }, 'F_TRANSLATION'],
    ['S1ContextPtr beyond OAS, stage 1 alone', { ste: { Config: 5, S1ContextPtr: 1n << 44n } }, 'C_BAD_STE'],
    ['S1ContextPtr within OAS, stage 1 alone', { ste: { Config: 5, S1ContextPtr: 1n << 43n } }, 'F_CD_FETCH'],
  ])('%s: %o', (_, options, name) => {
    expect(eventOf(new NestedMachine(options).access())!.name).toBe(name);
  });

  it('64 KiB tables hold 52 bits when OAS has them, else bits [15:12] mean nothing [register.IDR5.OAS] [ste.S2TTB] [cd.TTB0]', () => {
    for (const [oas, wanted] of [
      [6, 0xa_0000_0003_0000n],
      [5, 0x3_0000n],
    ] as const) {
      const m = new NestedMachine({
        id: { IDR5: 0x70 | oas },
        ste: { Config: 5, S1ContextPtr: CD_AT },
        cd: { TG0: 1, T0SZ: 25, IPS: 6, TTB0: 0x4200_0000n },
      });
      m.memory.write64(0x4200_0000n, 0x4201_0003n);
      m.memory.write64(0x4201_0000n, 0x3_0000n | 0xa000n | 0xf43n);
      expect(m.access('read', { iova: 0n }).pa).toBe(wanted);
      m.memory.release();
    }
  });

  it('64 KiB tables have blocks of 4 TiB at level 1 when OAS has 52 bits, else such a descriptor is reserved [register.IDR5.OAS] [rule.s1.reserved]', () => {
    for (const [oas, wanted] of [
      [6, { status: 'success', pa: 0x1234n, pageSize: 1n << 42n }],
      [5, { status: 'fault', rule: 's1.reserved' }],
    ] as const) {
      const m = new NestedMachine({ id: { IDR5: 0x70 | oas }, ste: { Config: 5, S1ContextPtr: CD_AT }, cd: { TG0: 1, T0SZ: 21, IPS: 6, TTB0: 0x4200_0000n } });
      m.memory.write64(0x4200_0000n, 0xf41n);
      expect(m.access('read', { iova: 0x1234n })).toMatchObject(wanted);
      m.memory.release();
    }
  });

  it('PA and IPA of the machine fit what the rows take away', () => {
    expect([IPA >> 40n, (CD_AT + GUEST) >> 40n, PA >> 36n]).toEqual([0n, 0n, 0n]);
  });
});
