/** Fields of STEs, CDs and registers that can mean nothing on any SMMU that a document can ask for: refused by name, with what to do instead. */
import type { FieldDef } from '../../model/spec/index.ts';

/** By what the field needs. Without it the bits are RES0 or ignored: a document that sets them would be done by half. */
const NEEDS: Readonly<Record<string, string>> = {
  Secure: 'is of Secure streams, and this SMMU has the Non-secure programming interface alone: leave it out, every access is Non-secure',
  MPAM: 'is of memory partitions (IDR3.MPAM), which are not modelled: leave it out',
  BTM: 'is of broadcast TLB invalidations (IDR0.BTM), which are not modelled: leave it out and issue CMD_TLBI commands',
  DPT: 'is of Device Permission Tables (IDR3.DPT), which are not modelled: leave it out',
};

const NEWEST = 2;

/** Why a document cannot set the field; null: it can. */
export function whyNever({ needs, since }: FieldDef): string | null {
  const known = needs === undefined ? undefined : NEEDS[needs];
  if (known !== undefined) return known;
  const minor = /^v3\.(\d+)$/.exec(since ?? '')?.[1];
  return minor === undefined || Number(minor) <= NEWEST ? null : `came with SMMU${since}, and the newest SMMU here is SMMUv3.${NEWEST}, where its bits are RES0: leave it out`;
}
