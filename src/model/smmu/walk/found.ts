import { S2_ALL } from './permissions.ts';

/** What a walk of one or both stages found: enough to answer, to fill a TLB entry, and to explain it. */
export class Found {
  /** Stage 1 output. */
  ipaHi = 0;
  ipaLo = 0;
  /** Final output. */
  outHi = 0;
  outLo = 0;
  granule = 0;
  s1Level = 0;
  s1Shift = 0;
  s1Permissions = 0;
  nonGlobal = true;
  s2Level = 0;
  /** 0: no stage 2. */
  s2Shift = 0;
  s2Permissions = S2_ALL;
  /** A leaf of either stage is writable-clean: a later write must walk again. */
  clean = false;
  /** As META.ATTRIBUTES of the TLB. */
  attributes = 0;

  /** log2 of the bytes that both stages together map with one result. */
  get shift(): number {
    return this.s2Shift === 0 ? this.s1Shift : Math.min(this.s1Shift, this.s2Shift);
  }
}
