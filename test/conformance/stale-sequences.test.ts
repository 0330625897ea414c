import { describe, expect, it } from 'vitest';
import { staleHitText } from '../../src/model/smmu/coherence/stale-hit-text.ts';
import { answerOf } from './driver/answer.ts';
import { leastOf, OF_A_MACHINE, SEEDS, SEQUENCES, Sequences } from './driver/sequences.ts';

/**
 * Sequences of a change, what it makes necessary and accesses, on machines of several VMs (driver/): blocks, contiguous and global
 * leaves, tables copied, freed and used again, ASIDs and VMIDs used again, CDs, STEs and their tables moved, stage 2 under the guest's
 * structures moved; commands by address, by range, by level hint, wider ones; VMID wildcards; devices with an ATC (smmuv3.md 7, 8.2).
 */

describe('a driver that issues every command that is necessary', () => {
  it.each(SEEDS)(`${SEQUENCES} sequences, part %i: nothing is told, and answers are those of an SMMU without caches`, (_, seeds) => {
    const rules = new Map<string, number>();
    for (const seed of seeds) {
      const sequences = new Sequences(seed);
      const { machine } = sequences;
      for (let i = 0; i < OF_A_MACHINE; i++) {
        sequences.change();
        for (let k = 0; k < 4; k++) {
          const access = sequences.next();
          const cached = machine.cached(access.stream, access.request);
          const fresh = machine.fresh(access.stream, access.request);
          rules.set(cached.rule, (rules.get(cached.rule) ?? 0) + 1);
          if (cached.stale.length === 0 && answerOf(cached, access.stream) === answerOf(fresh, access.stream)) continue;
          expect({ stale: cached.stale.map(staleHitText), answer: answerOf(cached, access.stream) }, sequences.story(access)).toEqual({ stale: [], answer: answerOf(fresh, access.stream) });
        }
      }
      expect(machine.smmu.read32(0x60), 'every command was legal').toBe(0);
      machine.release();
    }
    // Caches answered, devices used what they hold, and both stages refused.
    for (const rule of ['tlb.hit', 'translated.full', 's1.invalid', 's2.invalid', 's1.permission-write', 's2.permission-write', 'cd.v', 'ste.v']) expect(rules.get(rule) ?? 0, rule).toBeGreaterThan(leastOf(400));
  });
});
