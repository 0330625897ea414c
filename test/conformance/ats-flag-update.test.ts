import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { answerOf, AtsMachine } from './ats-machine.ts';
import { IOVA, IPA, PA, S1_PAGE, S2_PAGE } from './nested-machine.ts';

/** Hardware update of AF and dirty state by translation requests (IHI 0070 3.9.1.2, 3.13). */

const AF = 0x400n;
const DBM = 1n << 51n;
/** AP[2] of stage 1, S2AP[1] of stage 2. */
const DIRTY = 0x80n;
const S1_CLEAN = S1_PAGE | DIRTY | DBM;
const S2_CLEAN = (S2_PAGE & ~DIRTY) | DBM;
const HTTU = { ste: { S2HA: true, S2HD: true }, cd: { HA: true, HD: true } };

interface Leaves {
  readonly s1?: bigint;
  readonly s2?: bigint;
  readonly ste?: FieldValues;
  readonly cd?: FieldValues;
}

function made({ s1 = S1_PAGE, s2 = S2_PAGE, ste = HTTU.ste, cd = HTTU.cd }: Leaves, caches = NO_CACHES) {
  const m = new AtsMachine({ ste, cd, caches });
  const first = m.mapStage1(IOVA, IPA | s1);
  const second = m.mapStage2(IPA, PA | s2);
  const leaves = (): readonly bigint[] => [m.memory.read64(first)! & ~0xffff_ffff_f000n, m.memory.read64(second)! & ~0xffff_ffff_f000n];
  return { m, leaves };
}

describe('[order.4.2.8] a translation request', () => {
  it('sets AF when it grants something', () => {
    const { m, leaves } = made({ s1: S1_PAGE & ~AF, s2: S2_PAGE & ~AF });
    expect([answerOf(m.request({ noWrite: true })), ...leaves()]).toEqual(['success RW', S1_PAGE, S2_PAGE]);
  });

  it('makes a clean page dirty at both stages, and grants writing', () => {
    const { m, leaves } = made({ s1: S1_CLEAN, s2: S2_CLEAN });
    expect([answerOf(m.request()), ...leaves()]).toEqual(['success RW', S1_CLEAN & ~DIRTY, S2_CLEAN | DIRTY]);
  });

  it.each([NO_CACHES, DEFAULT_CACHES])('with NW makes nothing dirty, and does not grant writing of a clean page', (caches) => {
    const { m, leaves } = made({ s1: S1_CLEAN, s2: S2_CLEAN }, caches);
    const asked = (): readonly unknown[] => [answerOf(m.request({ noWrite: true })), ...leaves()];
    expect([asked(), asked()]).toEqual([
      ['success R', S1_CLEAN, S2_CLEAN],
      ['success R', S1_CLEAN, S2_CLEAN],
    ]);
    expect([answerOf(m.request()), ...leaves()]).toEqual(['success RW', S1_CLEAN & ~DIRTY, S2_CLEAN | DIRTY]);
  });

  it('of a page that stage 1 makes read-only makes nothing dirty at stage 2', () => {
    const { m, leaves } = made({ s1: S1_PAGE | DIRTY, s2: S2_CLEAN });
    expect([answerOf(m.request()), ...leaves()]).toEqual(['success R', S1_PAGE | DIRTY, S2_CLEAN]);
  });

  it('without update of the dirty state does not grant writing of a clean page', () => {
    const { m, leaves } = made({ s1: S1_CLEAN, ste: {}, cd: { HA: true } });
    expect([answerOf(m.request()), ...leaves()]).toEqual(['success R', S1_CLEAN, S2_PAGE]);
  });

  it('of a stream without stage 1 does the same', () => {
    const { m, leaves } = made({ s2: S2_CLEAN, ste: { ...HTTU.ste, Config: 6 } });
    const asked = (noWrite: boolean): string => answerOf(m.request({ iova: IPA, noWrite }));
    expect([asked(true), leaves()[1], asked(false), leaves()[1]]).toEqual(['success R', S2_CLEAN, 'success RW', S2_CLEAN | DIRTY]);
  });
});
