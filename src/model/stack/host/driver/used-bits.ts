/** Which bits of an STE or CD the SMMU looks at, and which it may see change at any time (d.2). */
import { CD, fieldOf, STE } from '../../../spec/index.ts';
import type { RecordDef } from '../../../spec/index.ts';
import { ENTRY_QWORDS } from './entry.ts';
import type { Entry } from './entry.ts';

function maskOf(record: RecordDef, names: readonly string[]): bigint[] {
  const mask = Array.from({ length: ENTRY_QWORDS }, () => 0n);
  for (const name of names) {
    const { hi, lo } = fieldOf(record, name)!;
    mask[lo >> 6]! |= ((1n << BigInt(hi - lo + 1)) - 1n) << BigInt(lo & 63);
  }
  return mask;
}

const or = (a: Entry, b: Entry): bigint[] => a.map((word, i) => word | b[i]!);

const STE_V = maskOf(STE, ['V']);
const STE_CONFIG = maskOf(STE, ['V', 'Config']);
const STE_S1 = maskOf(STE, [
  'S1Fmt', 'S1ContextPtr', 'S1CDMax', 'S1DSS', 'S1CIR', 'S1COR', 'S1CSH', 'S1STALLD', 'STRW', 'EATS', 'MEV', 'S2VMID',
]);
const STE_S2 = maskOf(STE, [
  'S2FWB', 'EATS', 'SHCFG', 'MEV', 'S2VMID', 'S2T0SZ', 'S2SL0', 'S2IR0', 'S2OR0', 'S2SH0', 'S2TG', 'S2PS', 'S2AA64', 'S2ENDI', 'S2PTW', 'S2S', 'S2R', 'S2TTB',
]);
const STE_SHCFG = maskOf(STE, ['SHCFG']);
const STE_MEV = maskOf(STE, ['MEV']);

const CD_V = maskOf(CD, ['V']);
const CD_HALF_0 = maskOf(CD, ['T0SZ', 'TG0', 'IR0', 'OR0', 'SH0', 'TTB0']);
const ALL: Entry = Array.from({ length: ENTRY_QWORDS }, () => 0xffff_ffff_ffff_ffffn);

const EATS_FULL = 1n << 28n;
const EATS_SPLIT = 1n << 29n;
const S2S = 1n << 57n;
const S1DSS_BYPASS = 1n;
const CONFIG_BYPASS = 4;

/** arm_smmu_get_ste_used(). */
export function steUsed(ste: Entry): bigint[] {
  if ((ste[0]! & 1n) === 0n) return [...STE_V];
  const config = Number((ste[0]! >> 1n) & 7n);
  let used = [...STE_CONFIG];
  if (config === CONFIG_BYPASS) return or(used, STE_SHCFG);
  if (config < CONFIG_BYPASS) return used;
  if ((config & 1) === 1) {
    used = or(used, STE_S1);
    if ((ste[1]! & 3n) === S1DSS_BYPASS) used = or(used, STE_SHCFG);
  }
  return (config & 2) === 2 ? or(used, STE_S2) : used;
}

/** arm_smmu_get_ste_update_safe(), 2026: MEV, and EATS between off and full where nothing depends on it. */
export function steSafe(current: Entry, target: Entry): bigint[] {
  const safe = [...STE_MEV];
  const split = ((current[1]! | target[1]!) & EATS_SPLIT) !== 0n;
  const stalls = ((current[2]! | target[2]!) & S2S) !== 0n;
  if (!split && !stalls) safe[1]! |= EATS_FULL;
  return safe;
}

/** arm_smmu_get_cd_used(). */
export function cdUsed(cd: Entry): bigint[] {
  if ((cd[0]! & (1n << 31n)) === 0n) return [...CD_V];
  if ((cd[0]! & (1n << 14n)) === 0n) return [...ALL];
  return ALL.map((word, i) => word & ~CD_HALF_0[i]!);
}

/** Nothing of a CD may change before its time. */
export const cdSafe = (): bigint[] => Array.from({ length: ENTRY_QWORDS }, () => 0n);
