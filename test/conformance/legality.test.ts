import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Legality } from '../../src/model/smmu/config/legality.ts';
import { SLOT, SLOT_WORDS } from '../../src/model/smmu/config/slot.ts';
import { NO_DEVIATIONS } from '../../src/model/spec/deviations.ts';
import { CD, decodeFeatures, encode, illegalCd, illegalSte, PRESETS, STE } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';

/**
 * The engine asks the rules of 5.2.2 and 5.4.2 again only when a bit differs on which a rule can depend. Whatever came
 * before, the answer is that of the rules.
 */

const S1: FieldValues = { V: true, Config: 5, S1ContextPtr: 0x8000_0000n };
const S2: FieldValues = { V: true, Config: 6, S2VMID: 1, S2T0SZ: 24, S2SL0: 1, S2PS: 5, S2AA64: 1, S2TTB: 0x9000_0000n };
const STES = [S1, { ...S1, STRW: 2 }, S2, { ...S2, ...S1, Config: 7 }];
const CDS: readonly FieldValues[] = [
  { V: true, A: true, AA64: true, IPS: 5, T0SZ: 16, EPD1: true, TTB0: 0x8000_0000n },
  { V: true, A: true, AA64: true, IPS: 5, T0SZ: 25, T1SZ: 25, TG1: 2, TTB0: 0x8000_0000n, TTB1: 0x9000_0000n },
];

/** Bits of ID registers that rules ask about. */
const ids = fc.record({
  preset: fc.constantFrom('qemu-11', 'v3.2', 'minimum', 'mmu-600', 'fvp'),
  idr0: fc.nat(0xffff_ffff),
  idr3: fc.nat(0xffff_ffff),
  idr5: fc.nat(0xff),
  plain: fc.boolean(),
});
/** One structure after the other: which base, and the bits that are flipped in it. */
const structure = fc.record({ base: fc.nat(3), flips: fc.array(fc.nat(511), { maxLength: 2 }) });
const steps = fc.array(fc.record({ ste: structure, cd: structure, e2h: fc.boolean(), again: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

function put(slots: Int32Array, at: number, record: typeof STE | typeof CD, values: FieldValues, flips: readonly number[]): void {
  encode(record, values, slots, at);
  for (const bit of flips) slots[at + (bit >> 5)] = slots[at + (bit >> 5)]! ^ (1 << (bit & 31));
}

describe('what the engine remembers of legal structures', () => {
  it('never changes a verdict', () => {
    let illegal = 0;
    let legal = 0;
    fc.assert(
      fc.property(ids, steps, ({ preset, idr0, idr3, idr5, plain }, all) => {
        const { id } = PRESETS[preset as 'v3.2'];
        const features = decodeFeatures(plain ? id : { ...id, IDR0: (idr0 | 0x20b) >>> 0, IDR3: idr3, IDR5: idr5 });
        const legality = new Legality(features, NO_DEVIATIONS);
        const slots = new Int32Array(SLOT_WORDS);
        for (const { ste, cd, e2h, again } of all) {
          // Now and then only the CD is another.
          if (!again) put(slots, SLOT.STE, STE, STES[ste.base]!, ste.flips);
          put(slots, SLOT.CD, CD, CDS[cd.base & 1]!, cd.flips);
          const bad = illegalSte(slots, SLOT.STE, features);
          expect(legality.ste(slots, 0)?.id).toBe(bad?.id);
          if (bad !== null) {
            illegal++;
            continue;
          }
          const badCd = illegalCd(slots, SLOT.CD, slots, SLOT.STE, features, e2h);
          expect(legality.cd(slots, 0, e2h)?.id).toBe(badCd?.id);
          legal += badCd === null ? 1 : 0;
        }
      }),
      { numRuns: 1500, seed: 8 },
    );
    expect([illegal > 500, legal > 500]).toEqual([true, true]);
  });
});
