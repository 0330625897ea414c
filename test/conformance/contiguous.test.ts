import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES } from '../../src/model/smmu/options.ts';
import { CD_AT, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE } from './nested-machine.ts';

/** The Contiguous bit (smmuv3.md 11.11) under the choice tlb.contiguous. */

const CONTIGUOUS = 1n << 52n;
const TLBI_VA = 0x12n | (3n << 32n) | (5n << 48n);

/** Sixteen pages side by side at both stages, all said to be contiguous. */
function machine(choice: 'ignored' | 'one-entry'): NestedMachine {
  const m = new NestedMachine({ caches: DEFAULT_CACHES, choices: { 'tlb.contiguous': choice } });
  for (let page = 0n; page < 0x10_000n; page += 0x1000n) {
    m.mapStage1(IOVA + page, (IPA + page) | S1_PAGE | CONTIGUOUS);
    m.mapStage2(IPA + page, (PA + page) | S2_PAGE | CONTIGUOUS);
  }
  return m;
}

describe('contiguous leaves of 4K tables [order.4.1.9b]', () => {
  it('one entry for sixteen, or one for each', () => {
    for (const [choice, size, rule] of [
      ['one-entry', 0x1_0000n, 'tlb.hit'],
      ['ignored', 0x1000n, 'ok.translated'],
    ] as const) {
      const m = machine(choice);
      expect(m.access('read', { iova: IOVA + 0x3008n })).toMatchObject({ pa: PA + 0x3008n, pageSize: size });
      expect(m.access('read', { iova: IOVA + 0xf010n })).toMatchObject({ pa: PA + 0xf010n, rule });
      m.memory.release();
    }
  });

  it('an invalidation of any page removes the entry; of a neighbour of the sixteen it does not', () => {
    for (const [iova, rule] of [
      [IOVA + 0x7000n, 'ok.translated'],
      [IOVA + 0x1_0000n, 'tlb.hit'],
    ] as const) {
      const m = machine('one-entry');
      m.access();
      m.command(TLBI_VA, iova | 1n);
      expect(m.access('read', { iova: IOVA + 0x2000n }).rule).toBe(rule);
      m.memory.release();
    }
  });

  it('the smaller of both stages counts', () => {
    const m = machine('one-entry');
    m.mapStage2(IPA, PA | S2_PAGE);
    expect(m.access().pageSize).toBe(0x1000n);
    m.memory.release();
  });
});

/** Contiguous leaves of other granules, stage 1 alone: TG0, log2 of the granule, level of the leaf, bytes of the entry. */
it.each([
  [1, 16, 3, 1n << 21n],
  [1, 16, 2, 1n << 34n],
  [2, 14, 3, 1n << 21n],
  [2, 14, 2, 1n << 30n],
] as const)('TG0 %i, level %i: %i', (TG0, granule, level, size) => {
  const root = 0x4200_0000n;
  const m = new NestedMachine({
    caches: DEFAULT_CACHES,
    choices: { 'tlb.contiguous': 'one-entry' },
    ste: { Config: 5, S1ContextPtr: CD_AT },
    cd: { TTB0: root, TG0, T0SZ: 26 },
  });
  const stride = BigInt(granule - 3);
  let table = root;
  for (let at = 4 - Math.ceil((38 - granule) / (granule - 3)); ; at++) {
    const shift = BigInt(granule) + stride * BigInt(3 - at);
    const slot = table + ((0n >> shift) & ((1n << stride) - 1n)) * 8n;
    if (at === level) {
      m.memory.write64(slot, (S1_PAGE & ~2n) | (level === 3 ? 2n : 0n) | CONTIGUOUS);
      break;
    }
    table += 0x1_0000n;
    m.memory.write64(slot, table | 3n);
  }
  expect(m.access('read', { iova: 0x1234n })).toMatchObject({ pa: 0x1234n, pageSize: size });
  expect(m.access('read', { iova: size - 8n })).toMatchObject({ pa: size - 8n, rule: 'tlb.hit' });
  m.memory.release();
});
