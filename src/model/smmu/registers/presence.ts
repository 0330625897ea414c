import { assert } from '../../base/assert.ts';
import type { Features } from '../../spec/features.ts';

/** A register, field or command that only some SMMUs have. */
export interface Optional {
  /** The feature it needs. */
  readonly needs?: string;
  /** The first version that has it, such as `v3.3`. */
  readonly since?: string;
}

const FEATURES: Readonly<Record<string, (features: Features) => boolean>> = {
  S1P: (f) => f.s1p,
  S2P: (f) => f.s2p,
  BTM: (f) => f.btm,
  Hyp: (f) => f.hyp,
  ATS: (f) => f.ats,
  MSI: (f) => f.msi,
  PRI: (f) => f.pri,
  'MSI and PRI': (f) => f.msi && f.pri,
  VMW: (f) => f.vmw,
  ATSRECERR: (f) => f.atsrecerr,
  ST_LEVEL: (f) => f.twoLevelStreamTable,
  STALL_MODEL: (f) => f.stallModel !== 1,
  MPAM: (f) => f.mpam,
  S2PI: (f) => f.s2pi,
  ATOS: (f) => f.atos,
  VATOS: (f) => f.atos && f.vatos,
  ECMDQ: (f) => f.ecmdq,
  CD2L: (f) => f.cd2l,
  HTTU: (f) => f.httu > 0,
  HAD: (f) => f.had,
  FWB: (f) => f.fwb,
  PBHA: (f) => f.pbha,
  E0PD: (f) => f.e0pd,
  DS: (f) => f.ds,
  S1PI: (f) => f.s1pi,
  S2PO: (f) => f.s2po,
  ATTR_PERMS_OVR: (f) => f.attrPermsOvr,
  ATTR_TYPES_OVR: (f) => f.attrTypesOvr,
  // The model has no Device Permission Table: an SMMU that advertises it has its registers RES0.
  DPT: () => false,
  // v3.4, and no identification register of the model has them.
  D128: () => false,
  MEC: () => false,
  THE: () => false,
  EPAN: () => false,
  AIE: () => false,
  // A Non-secure SMMU: Secure registers are RAZ/WI to it and Secure commands illegal.
  Secure: () => false,
};

const minorOf = (version: string): number => Number(version.slice('v3.'.length));

/** Whether an SMMU with these features has what `thing` describes; without it the bits are RES0 (IHI 0070 6.3). */
export function isPresent(thing: Optional, features: Features): boolean {
  if (thing.since !== undefined && minorOf(thing.since) > features.minor) return false;
  if (thing.needs === undefined) return true;
  const has = FEATURES[thing.needs];
  assert(has !== undefined, `unknown feature ${thing.needs}`);
  return has(features);
}
