import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NO_CACHES } from '../../src/model/smmu/options.ts';
import { Smmu } from '../../src/model/smmu/smmu.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { CD_AT, GUEST, IOVA, NestedMachine, STREAM_TABLE } from './nested-machine.ts';

/** Streams that are nearly alike, one after the other: what the engine took from the last one never shows. */

const ID = { ...PRESETS['v3.2'].id, IDR5: 0x74 };
/** One step: bits that are flipped in the stream's STE and CD, how it is accessed. */
const step = fc.record({
  ste: fc.array(fc.nat(511), { maxLength: 1 }),
  cd: fc.array(fc.nat(511), { maxLength: 1 }),
  fields: fc.constantFrom(
    {},
    {},
    {},
    { Config: 5, S1ContextPtr: CD_AT },
    { S1CDMax: 3, S1DSS: 1 },
    { S2AFFD: true },
    { S2TTB: 0x4021_0000n },
  ),
  context: fc.constantFrom({}, {}, {}, { TTB0: 0x4042_0000n + GUEST }, { MAIR0: 0x44ff }, { EPD0: true }, { IPS: 3 }),
  access: fc.constantFrom('read', 'write', 'execute'),
  e2h: fc.boolean(),
});

function flip(m: NestedMachine, at: bigint, bits: readonly number[]): void {
  for (const bit of bits) {
    const word = at + BigInt(bit >> 5) * 4n;
    m.memory.write32(word, (m.memory.read32(word)! ^ (1 << (bit & 31))) >>> 0);
  }
}

function enabled(m: NestedMachine, cr2: number): Smmu {
  const smmu = new Smmu({ id: ID, memory: m.memory, caches: NO_CACHES });
  smmu.write32(0x2c, cr2);
  smmu.write64(0x80, STREAM_TABLE);
  smmu.write32(0x88, 8);
  smmu.write32(0x20, 1);
  return smmu;
}

const plain = ({ transaction: _, ...outcome }: Outcome): unknown => outcome;

it('an SMMU that saw many streams answers as one that sees its first', () => {
  let translated = 0;
  const cds = 0x4062_0000n;
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
      const m = new NestedMachine({ id: ID });
      // A second root of each stage, and the CDs' page.
      m.mapStage2(cds + GUEST, cds | 0x7ffn);
      for (const [from, to] of [
        [0x4020_0000n, 0x4021_0000n],
        [0x4040_0000n, 0x4042_0000n],
      ] as const)
        m.memory.writeBytes(to, m.memory.readBytes(from, 0x2000)!);
      const seasoned = enabled(m, 2);
      steps.forEach(({ ste, cd, fields, context, access, e2h }, i) => {
        const sid = 16 + i;
        const at = cds + BigInt(i) * 64n;
        m.ste({ S1ContextPtr: at + GUEST, ...fields }, sid);
        m.cd(context, at);
        flip(m, STREAM_TABLE + BigInt(sid) * 64n, ste);
        flip(m, at, cd);
        if (e2h) {
          seasoned.write32(0x20, 0);
          seasoned.write32(0x2c, 2 | (seasoned.read32(0x2c) ^ 1));
          seasoned.write32(0x20, 1);
        }
        const transaction = { sid, iova: IOVA, access, privileged: true } as const;
        const before = m.memory.readBytes(0x4000_0000n, 0x64_0000)!;
        const seen = plain(seasoned.translate(transaction));
        m.memory.writeBytes(0x4000_0000n, before);
        const first = enabled(m, seasoned.read32(0x2c)).translate(transaction);
        expect(seen).toEqual(plain(first));
        if (first.status === 'success') translated++;
      });
      m.memory.release();
    }),
    { numRuns: 40, seed: 4 },
  );
  expect(translated).toBeGreaterThan(80);
});
