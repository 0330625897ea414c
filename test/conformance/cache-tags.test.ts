import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/** What tells cached entries apart (IHI 0070 3.17, 3.21.3). Caches of one entry make every two streams meet in it. */

const OTHER_CD = CD_AT + 64n;
const OTHER_ROOT = 0x4070_0000n;
const OTHER_PA = PA + 0x1000n;
const OFF: CacheOptions = { config: 0, tlb: 0, s1Walk: 0, s2Walk: 0 };

let m: NestedMachine;
afterEach(() => m.memory.release());

/** A second stream whose CD has its own root: the same IOVA, through tables that others made or did not. */
function secondStream(ste: FieldValues, cd: FieldValues): void {
  m.ste({ S1ContextPtr: OTHER_CD + GUEST, ...ste }, SID + 1);
  m.cd({ TTB0: OTHER_ROOT + GUEST, ...cd }, OTHER_CD);
  m.mapStage2(OTHER_ROOT + GUEST, OTHER_ROOT | S2_PAGE);
  m.mapStage2(IPA + 0x1000n, OTHER_PA | S2_PAGE);
  m.mapStage1(IOVA, (IPA + 0x1000n) | S1_PAGE, OTHER_ROOT);
}

const pas = (): (bigint | undefined)[] => [SID, SID + 1, SID].map((sid) => m.access('read', { sid }).pa);

describe('two streams that differ', () => {
  it.each<[string, CacheOptions]>([
    ['one configuration', { ...OFF, config: 1 }],
    ['one stage 1 table', { ...OFF, s1Walk: 1 }],
    ['one stage 2 table', { ...OFF, s2Walk: 1 }],
    ['four translations', { ...OFF, tlb: 4 }],
  ])('in ASID and tables, with a cache of %s', (_, caches) => {
    m = new NestedMachine({ caches });
    secondStream({}, { ASID: 6 });
    expect(pas()).toEqual([PA, OTHER_PA, PA]);
  });

  it('in VMID and tables [ste.S2VMID]', () => {
    m = new NestedMachine({ caches: DEFAULT_CACHES });
    secondStream({ S2VMID: 4 }, {});
    expect(pas()).toEqual([PA, OTHER_PA, PA]);
  });

  it('in ASET: global entries of the one are not those of the other [cd.ASET] [gotcha.28]', () => {
    m = new NestedMachine({ caches: DEFAULT_CACHES });
    secondStream({}, { ASID: 6, ASET: true });
    const global = S1_PAGE & ~0x800n;
    m.mapStage1(IOVA, IPA | global);
    m.mapStage1(IOVA, (IPA + 0x1000n) | global, OTHER_ROOT);
    expect(pas()).toEqual([PA, OTHER_PA, PA]);
  });
});

describe('what is remembered of a legal STE', () => {
  it('is not that it is valid', () => {
    m = new NestedMachine();
    expect(m.access().status).toBe('success');
    m.setSte('V', false);
    expect(eventOf(m.access())).toMatchObject({ name: 'C_BAD_STE' });
  });
});

describe('the stage 1 walk cache', () => {
  const TABLES = 0x4072_0000n;

  /** 64 KiB tables of stage 1 at TABLES, which stage 2 maps in 4 KiB pieces. */
  function largeTables(): void {
    m.cd({ T0SZ: 16, TG0: 1, TTB0: TABLES + GUEST });
    for (let page = 0n; page < 0x3_0000n; page += 0x1000n) m.mapStage2(TABLES + GUEST + page, (TABLES + page) | S2_PAGE);
    m.memory.write64(TABLES + (IOVA >> 42n) * 8n, (TABLES + GUEST + 0x1_0000n) | 3n);
    m.memory.write64(TABLES + 0x1_0000n + ((IOVA >> 29n) & 0x1fffn) * 8n, (TABLES + GUEST + 0x2_0000n) | 3n);
  }

  it('reads a table that stage 2 maps in pieces through stage 2, piece by piece', () => {
    m = new NestedMachine({ caches: { ...OFF, config: 64, s1Walk: 16 } });
    largeTables();
    const leaf = TABLES + 0x2_0000n + ((IOVA >> 16n) & 0x1fffn) * 8n;
    // The next piece of the table lies elsewhere.
    const elsewhere = 0x4078_0000n;
    m.mapStage2(leaf + 0x1000n + GUEST, elsewhere | S2_PAGE);
    m.memory.write64(leaf, IPA | S1_PAGE);
    m.memory.write64(elsewhere + (leaf & 0xfffn), IPA | S1_PAGE);
    expect(m.access('read', { iova: IOVA }).pa).toBe(PA);
    expect(m.access('read', { iova: IOVA + 0x200n * 0x1_0000n }).pa).toBe(PA);
  });
});

it('a stage 2 permission fault on a block in the TLB names the page of the access, not of the one that filled it', () => {
  m = new NestedMachine({ caches: DEFAULT_CACHES });
  m.memory.write64(m.stage1Path(IOVA)[2]!, IPA | (S1_PAGE & ~2n));
  m.memory.write64(m.stage2Path(IPA)[1]!, 0x4320_0000n | (S2_PAGE & ~0x82n));
  expect(m.access('read').status).toBe('success');
  const record = eventOf(m.access('write', { iova: IOVA + 0x3000n }));
  expect(record).toMatchObject({ name: 'F_PERMISSION', S2: true, IPA: IPA + 0x3000n });
});
