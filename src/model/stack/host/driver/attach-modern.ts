/** Attach of a current driver (d.8): the new STE replaces the old one, hitless where it can; and nested domains (c.4). */
import { ERRNO } from '../../errno.ts';
import { cd0Of, hostCd } from './cd-table.ts';
import { ZERO_ENTRY } from './entry.ts';
import { finaliseDomain } from './finalise.ts';
import { pagingDomainOf } from './membership.ts';
import { vSidOf } from './objects.ts';
import type { Domain, Master, NestedDomain } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { abortSte, bypassSte, cdTableSte, nestedSte, stage2Ste } from './ste-make.ts';
import type { SteContext, Stage2Ref } from './ste-make.ts';
import { writeCd, writeSte } from './ste-write.ts';
import { atcInvMasters } from './tlb.ts';
import type { HostDevice } from './types.ts';

const CONFIG_S1 = 5n;

const translates = (domain: NestedDomain): boolean => (domain.ste[0] & 1n) === 1n && ((domain.ste[0] >> 1n) & 7n) === CONFIG_S1;

/** An errno and why; null: the domain may be attached. */
function refusalOf(smmu: SmmuDevice, domain: Domain | NestedDomain, master: Master): readonly [number, string] | null {
  if (domain.kind === 'nested') {
    if (domain.viommu.parent.smmu !== smmu) return [-ERRNO.EINVAL, 'the vIOMMU belongs to another SMMU'];
    if (translates(domain) && vSidOf(domain.viommu, master.device) === null) return [-ERRNO.ENOENT, 'the vIOMMU has no vDEVICE for the device'];
    return null;
  }
  if (domain.smmu === null) {
    const result = finaliseDomain(smmu, domain, master);
    if (result !== 0) return [result, 'the domain cannot be finalised'];
    domain.smmu = smmu;
  }
  if (domain.smmu !== smmu) return [-ERRNO.EINVAL, 'the domain belongs to another SMMU'];
  return null;
}

function atsWanted(smmu: SmmuDevice, domain: Domain | NestedDomain, device: HostDevice): boolean {
  if (!smmu.features.ats || !device.ats) return false;
  return domain.kind === 'nested' ? domain.enableAts : domain.stage !== 'BYPASS';
}

const contextOf = (smmu: SmmuDevice, master: Master, ats: boolean): SteContext => {
  const { attrTypesOvr, e2h, stalls } = smmu.features;
  return { attrTypesOvr, e2h, stalls, stallEnabled: master.stallEnabled, ats };
};

const stage2Of = (smmu: SmmuDevice, { s2, nestParent }: Domain): Stage2Ref => ({ ...s2, fwb: nestParent && smmu.features.s2fwb });

function targetSte(smmu: SmmuDevice, domain: Domain | NestedDomain, context: SteContext): bigint[] {
  if (domain.kind === 'nested') return nestedSte(context, stage2Of(smmu, domain.viommu.parent), domain.ste);
  if (domain.stage === 'BYPASS') return bypassSte(context);
  if (domain.stage !== 'S1') return stage2Ste(context, stage2Of(smmu, domain));
  const { cdtabDma, s1cdmax, s1fmt } = domain.s1;
  return cdTableSte(context, { address: cdtabDma, s1cdmax, s1fmt });
}

function leave(master: Master): void {
  const masters = master.domain?.masters ?? [];
  const at = masters.indexOf(master);
  if (at >= 0) masters.splice(at, 1);
}

/**
 * -ENOENT without fwspec or (nested and translating) without vDEVICE, -EBUSY with SVA, -EINVAL for another SMMU. A failure
 * leaves the device where it was.
 */
export function attachModern(smmu: SmmuDevice, domain: Domain | NestedDomain, device: HostDevice): number {
  const master = smmu.masters.get(device);
  if (device.streamIds.length === 0 || master === undefined) return -ERRNO.ENOENT;
  const refusal = device.svaEnabled ? ([-ERRNO.EBUSY, 'PASIDs are attached to the device'] as const) : refusalOf(smmu, domain, master);
  const detail = { device: device.name, kind: domain.kind === 'nested' ? 'NESTED' : domain.stage };
  say(smmu, 'attach_dev', detail, refusal === null ? { result: 0 } : { result: refusal[0], dropped: refusal[1] });
  if (refusal !== null) return refusal[0];
  replace(smmu, master, domain);
  return 0;
}

/** The CD of a stage-1 domain that nobody uses any more, after the STE has let go of it. */
function clearCd(smmu: SmmuDevice, master: Master, old: Domain | null): void {
  if (old?.stage === 'S1' && old.masters.length === 0) writeCd(smmu, master, cd0Of(smmu, old), ZERO_ENTRY);
}

function replace(smmu: SmmuDevice, master: Master, domain: Domain | NestedDomain): void {
  const old = pagingDomainOf(master);
  const hadAts = master.atsEnabled;
  const ats = atsWanted(smmu, domain, master.device);
  leave(master);
  master.domain = domain;
  domain.masters.push(master);
  const ste = targetSte(smmu, domain, contextOf(smmu, master, ats));
  if (domain.kind === 'paging' && domain.stage === 'S1') {
    // CD before STE: an STE that is seen has its CD.
    writeCd(smmu, master, cd0Of(smmu, domain), hostCd(domain.pgtbl!, domain.s1.asid, domain.stallEnabled));
  }
  for (const sid of master.streams) writeSte(smmu, sid, ste);
  if (old !== domain) clearCd(smmu, master, old);
  master.atsEnabled = ats;
  if (ats || hadAts) atcInvMasters(smmu, [master], 0n, 0n);
  const vSid = domain.kind === 'nested' ? vSidOf(domain.viommu, master.device) : null;
  master.vmaster = domain.kind === 'nested' && vSid !== null ? { viommu: domain.viommu, vSid } : null;
}

/** A device without domain: blocked. */
export function detachModern(smmu: SmmuDevice, master: Master): void {
  if (master.domain === null) return;
  const old = pagingDomainOf(master);
  leave(master);
  master.domain = null;
  master.vmaster = null;
  for (const sid of master.streams) writeSte(smmu, sid, abortSte());
  clearCd(smmu, master, old);
  if (master.atsEnabled) atcInvMasters(smmu, [master], 0n, 0n);
  master.atsEnabled = false;
}
