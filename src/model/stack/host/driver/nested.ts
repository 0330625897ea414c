/** What iommufd makes with a current driver: parents, vIOMMUs, nested domains (c.3, c.4, c.7). */
import { ERRNO, isErrno } from '../../errno.ts';
import type { OrErrno } from '../../errno.ts';
import { finaliseDomain } from './finalise.ts';
import { newDomain } from './objects.ts';
import type { Domain, NestedDomain, Viommu } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { steWords } from './entry.ts';
import { HWPT_FLAG } from './types.ts';
import type { HostDevice } from './types.ts';

const { EINVAL, EIO, ENODEV, EOPNOTSUPP } = ERRNO;
const { NEST_PARENT, DIRTY_TRACKING, PASID } = HWPT_FLAG;

const PAGING_FLAGS: readonly number[] = [0, NEST_PARENT, DIRTY_TRACKING, DIRTY_TRACKING | PASID, PASID];

/** Bits of a guest's STE that are taken (c.4); V apart, everything else is refused. */
const ALLOWED_0 = allOnes(['Config', 'S1Fmt', 'S1CDMax'], 0) | 1n | 0x000f_ffff_ffff_ffc0n;
const ALLOWED_1 = allOnes(['S1DSS', 'S1CIR', 'S1COR', 'S1CSH', 'S1STALLD', 'EATS'], 1);
const EATS = 3n << 28n;
const CONFIG_ABORT = 0;
const CONFIG_BYPASS = 4;
const CONFIG_S1 = 5;
const ARM_SMMUV3_BYTES = 16;

function allOnes(names: readonly ('Config' | 'S1Fmt' | 'S1CDMax' | 'S1DSS' | 'S1CIR' | 'S1COR' | 'S1CSH' | 'S1STALLD' | 'EATS')[], word: 0 | 1): bigint {
  const widths = { Config: 7, S1Fmt: 3, S1CDMax: 31, S1DSS: 3, S1CIR: 3, S1COR: 3, S1CSH: 3, S1STALLD: 1, EATS: 3 };
  return steWords(Object.fromEntries(names.map((name) => [name, widths[name]])))[word]!;
}

/** arm_smmu_domain_alloc_paging_flags(). -EOPNOTSUPP: flags, vendor data, no nesting. */
export function domainAllocPaging(smmu: SmmuDevice, device: HostDevice, flags: number, userData: boolean): OrErrno<Domain> {
  const master = smmu.masters.get(device);
  if (master === undefined) return -ENODEV;
  if (userData || !PAGING_FLAGS.includes(flags)) return -EOPNOTSUPP;
  const parent = (flags & NEST_PARENT) !== 0;
  if (parent && !smmu.features.nesting) return -EOPNOTSUPP;
  // Dirty state is tracked in stage-1 tables only.
  if ((flags & DIRTY_TRACKING) !== 0 && !(smmu.features.s1 && smmu.features.dirty)) return -EOPNOTSUPP;
  const domain = newDomain('unmanaged', parent ? 'S2' : 'S1');
  domain.nestParent = parent;
  const result = finaliseDomain(smmu, domain, master);
  if (result !== 0) return result;
  domain.smmu = smmu;
  return domain;
}

/** arm_smmu_get_viommu_size(): 0 where a guest could make mappings that nobody keeps coherent. */
export function viommuSize(smmu: SmmuDevice, device: HostDevice): { readonly size: number; readonly why: string } {
  if (!smmu.features.nesting) return { size: 0, why: 'the SMMU does not have both stages' };
  if (!device.canWbs && !smmu.features.s2fwb) return { size: 0, why: 'neither is the device always coherent (CANWBS) nor can stage 2 force write-back (S2FWB)' };
  return { size: ARM_SMMUV3_BYTES, why: '' };
}

/** arm_vsmmu_init(): -EINVAL for a parent of another SMMU or that is none. */
export function viommuAlloc(smmu: SmmuDevice, device: HostDevice, parent: Domain): OrErrno<Viommu> {
  const { size, why } = viommuSize(smmu, device);
  const result = size === 0 ? -EOPNOTSUPP : parent.smmu === smmu && parent.nestParent ? 0 : -EINVAL;
  if (result !== 0) {
    say(smmu, 'viommu_alloc', { device: device.name }, { result, dropped: why === '' ? 'the HWPT is no nest parent on this SMMU' : why });
    return result;
  }
  say(smmu, 'viommu_alloc', { device: device.name, VMID: parent.s2.vmid }, { result });
  return { parent, vmid: parent.s2.vmid, vdevices: new Map() };
}

function checkSte(ste: readonly [bigint, bigint]): string | null {
  if ((ste[0] & ~ALLOWED_0) !== 0n) return `word 0 has bits that are not the guest's: 0x${(ste[0] & ~ALLOWED_0).toString(16)}`;
  if ((ste[1] & ~ALLOWED_1) !== 0n) return `word 1 has bits that are not the guest's: 0x${(ste[1] & ~ALLOWED_1).toString(16)}`;
  const config = Number((ste[0] >> 1n) & 7n);
  if (![CONFIG_ABORT, CONFIG_BYPASS, CONFIG_S1].includes(config)) return `Config ${config} is none of abort, bypass, stage 1`;
  return (ste[1] & EATS) >> 28n > 1n ? 'EATS is neither off nor full' : null;
}

/** arm_vsmmu_alloc_domain_nested(): -EOPNOTSUPP for flags, -EIO for an STE with anything that is not the guest's (c.4). */
export function domainAllocNested(smmu: SmmuDevice, viommu: Viommu, flags: number, ste: readonly [bigint, bigint]): OrErrno<NestedDomain> {
  const made = flags === 0 ? nestedDomain(viommu, ste) : -EOPNOTSUPP;
  const why = isErrno(made) ? (flags === 0 ? checkSte(ste) ?? '' : `flags are ${flags}`) : null;
  say(smmu, 'domain_alloc_nested', { D0: ste[0], D1: ste[1] }, why === null ? { result: 0 } : { result: Number(made), dropped: why });
  return made;
}

function nestedDomain(viommu: Viommu, ste: readonly [bigint, bigint]): OrErrno<NestedDomain> {
  // An invalid STE acts as abort; what else it holds does not matter.
  if ((ste[0] & 1n) === 0n) return { kind: 'nested', viommu, ste: [0n, 0n], enableAts: false, masters: [] };
  if (checkSte(ste) !== null) return -EIO;
  const translates = Number((ste[0] >> 1n) & 7n) === CONFIG_S1;
  return { kind: 'nested', viommu, ste: [ste[0], ste[1] & ~EATS], enableAts: translates && (ste[1] & EATS) !== 0n, masters: [] };
}
