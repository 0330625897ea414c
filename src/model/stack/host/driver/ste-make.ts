/** The STEs of a current driver (arm_smmu_make_*_ste), and the one under a guest's nested domain (c.4). */
import { S1_CONTEXT_PTR, steWords, TABLE_BASE, vtcrBits } from './entry.ts';

/** What of SMMU and device goes into an STE. */
export interface SteContext {
  readonly attrTypesOvr: boolean;
  readonly e2h: boolean;
  /** The SMMU can stall. */
  readonly stalls: boolean;
  readonly stallEnabled: boolean;
  readonly ats: boolean;
}

export interface CdTableRef {
  readonly address: bigint;
  readonly s1cdmax: number;
  readonly s1fmt: number;
}

export interface Stage2Ref {
  readonly vmid: number;
  readonly vtcr: number;
  readonly vttbr: bigint;
  readonly fwb: boolean;
}

export const S1DSS = { TERMINATE: 0, BYPASS: 1, SSID0: 2 } as const;

const CONFIG = { ABORT: 0, BYPASS: 4, S1: 5, S2: 6 } as const;
const NESTED = 7n << 1n;
const CONFIG_BITS = 7n << 1n;
const MEV = steWords({ MEV: true })[1]!;

const incoming = (context: SteContext): number => (context.attrTypesOvr ? 1 : 0);

export const abortSte = (): bigint[] => steWords({ V: true, Config: CONFIG.ABORT });

export const bypassSte = (context: SteContext): bigint[] => steWords({ V: true, Config: CONFIG.BYPASS, SHCFG: incoming(context) });

export function cdTableSte(context: SteContext, table: CdTableRef, s1dss: number = S1DSS.SSID0): bigint[] {
  return steWords({
    V: true,
    Config: CONFIG.S1,
    S1Fmt: table.s1fmt,
    S1ContextPtr: table.address & S1_CONTEXT_PTR,
    S1CDMax: table.s1cdmax & 31,
    S1DSS: s1dss,
    S1CIR: 1,
    S1COR: 1,
    S1CSH: 3,
    S1STALLD: context.stalls && !context.stallEnabled,
    EATS: context.ats ? 1 : 0,
    STRW: context.e2h ? 2 : 0,
    // Traffic that S1DSS lets by uses the attributes of a bypass.
    SHCFG: s1dss === S1DSS.BYPASS ? incoming(context) : 0,
  });
}

export function stage2Ste(context: SteContext, s2: Stage2Ref): bigint[] {
  const words = steWords({
    V: true,
    Config: CONFIG.S2,
    EATS: context.ats ? 1 : 0,
    SHCFG: incoming(context),
    S2FWB: s2.fwb,
    S2VMID: s2.vmid,
    S2AA64: true,
    S2PTW: true,
    S2S: context.stallEnabled,
    S2R: true,
    S2TTB: s2.vttbr & TABLE_BASE,
  });
  words[2]! |= vtcrBits(s2.vtcr);
  return words;
}

/** arm_smmu_make_nested_domain_ste(): the guest's two words upon the host's stage 2. */
export function nestedSte(context: SteContext, s2: Stage2Ref, guest: readonly [bigint, bigint]): bigint[] {
  const config = Number((guest[0] & CONFIG_BITS) >> 1n);
  if ((guest[0] & 1n) === 0n || config === CONFIG.ABORT) return abortSte();
  const words = stage2Ste(context, s2);
  if (config === CONFIG.BYPASS) return words;
  words[0] = 1n | NESTED | (guest[0] & ~CONFIG_BITS);
  // MEV: a guest that floods the event queue is merged.
  words[1]! |= guest[1] | MEV;
  return words;
}
