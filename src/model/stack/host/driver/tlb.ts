/** TLB and ATC maintenance of a domain (a.6): what is sent for whom. `extAsid` is a guest's ASID, -1 means the host's own. */
import { ERRNO } from '../../errno.ts';
import type { Gather, TlbCallbacks } from '../../io-pgtable/types.ts';
import { atcRange } from './atc-range.ts';
import { atcInv, tlbiByAddress, tlbiEl2Asid, tlbiNhAll, tlbiNhAsid, tlbiS12Vmall } from './commands.ts';
import type { TlbiTarget } from './commands.ts';
import { BATCH_ENTRIES } from './cmdq.ts';
import { isMemberOf } from './membership.ts';
import type { Domain, Master } from './objects.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { pageShiftOf, rangeCommands } from './tlb-range.ts';
import type { RangeRequest } from './tlb-range.ts';
import type { CommandWords } from './types.ts';

export const HOST_ASID = -1;

/** Devices of a paging domain, those of nested domains upon it too. */
function mastersOf(smmu: SmmuDevice, domain: Domain): Master[] {
  return [...smmu.masters.values()].filter((master) => isMemberOf(master, domain));
}

/** ATC_INV for every device with ATS; nothing without one. 0 bytes are everything. */
export function atcInvDomain(smmu: SmmuDevice, domain: Domain, iova: bigint, size: bigint): number {
  const enabled = mastersOf(smmu, domain).filter((master) => master.atsEnabled);
  return enabled.length === 0 ? 0 : atcInvMasters(smmu, enabled, iova, size);
}

export function atcInvMasters(smmu: SmmuDevice, masters: readonly Master[], iova: bigint, size: bigint): number {
  const range = atcRange(iova, size);
  const commands: CommandWords[] = masters.flatMap((master) => master.streams.map((sid) => atcInv(sid, 0, range)));
  return smmu.cmdq.submit(commands);
}

/** __arm_smmu_tlb_inv_context(): everything of an ASID, or of the domain. */
export function tlbInvContext(smmu: SmmuDevice, domain: Domain, extAsid: number): void {
  const { s1, s2 } = domain;
  if (extAsid >= 0) smmu.cmdq.issueSync(tlbiNhAsid(extAsid, s2.vmid));
  else if (domain.stage === 'S1') smmu.cmdq.issueSync(smmu.features.e2h ? tlbiEl2Asid(s1.asid) : tlbiNhAsid(s1.asid, 0));
  else smmu.cmdq.issueSync(tlbiS12Vmall(s2.vmid));
  atcInvDomain(smmu, domain, 0n, 0n);
}

function targetOf(smmu: SmmuDevice, domain: Domain, extAsid: number): TlbiTarget {
  const { s1, s2 } = domain;
  // Always NH_VA, on an E2H host too: the guest is NS-EL1.
  if (extAsid >= 0) return { op: 'CMD_TLBI_NH_VA', asid: extAsid, vmid: s2.vmid };
  if (domain.stage !== 'S1') return { op: 'CMD_TLBI_S2_IPA', vmid: s2.vmid };
  return smmu.features.e2h ? { op: 'CMD_TLBI_EL2_VA', asid: s1.asid } : { op: 'CMD_TLBI_NH_VA', asid: s1.asid, vmid: 0 };
}

/**
 * arm_smmu_tlb_inv_range_domain(). -ETIMEDOUT where the kernel would loop for ever (d.4): what it would have sent first is
 * sent, then the CPU is reported stuck.
 */
export function tlbInvRange(smmu: SmmuDevice, domain: Domain, request: RangeRequest, extAsid: number): number {
  const { generation, as } = smmu.choices;
  const guest = extAsid >= 0 && generation === 'v16' && as === 'intended';
  const target = targetOf(smmu, domain, extAsid);
  const { commands, livelock } = rangeCommands(request, {
    ranges: smmu.features.rangeInvalidation,
    tg: guest ? pageShiftOf(request.granule) : pageShiftOf(domain.pgsizeBitmap & -domain.pgsizeBitmap),
    ttl: generation === 'v16' ? 'always' : 'leaf-only',
  });
  const words = commands.map((range) => tlbiByAddress(target, range));
  if (livelock !== null) return reportLivelock(smmu, words, livelock);
  smmu.cmdq.submit(words);
  if (generation === 'modern' && domain.nestParent) return flushNestParent(smmu, domain);
  atcInvDomain(smmu, domain, request.iova, request.size);
  return 0;
}

/** c.5: entries that combine both stages are not found by IPA, so a nest parent drops all of its VMID, and all ATCs. */
function flushNestParent(smmu: SmmuDevice, domain: Domain): number {
  smmu.cmdq.issueSync(tlbiNhAll(domain.s2.vmid));
  atcInvDomain(smmu, domain, 0n, 0n);
  return 0;
}

function reportLivelock(smmu: SmmuDevice, sent: readonly CommandWords[], why: string): number {
  for (const words of sent.slice(0, BATCH_ENTRIES)) smmu.cmdq.issue(words);
  print(smmu, 'err', 'watchdog: BUG: soft lockup - CPU stuck in __arm_smmu_tlb_inv_range');
  say(smmu, 'livelock', { sent: sent.length }, { result: -ERRNO.ETIMEDOUT, dropped: why });
  return -ERRNO.ETIMEDOUT;
}

/** iommu_iotlb_sync(): sends what was gathered. */
export function iotlbSync(smmu: SmmuDevice, domain: Domain, gather: Gather): void {
  if (gather.pgsize === 0n) return;
  tlbInvRange(smmu, domain, { iova: gather.start, size: gather.end - gather.start + 1n, granule: gather.pgsize, leaf: true }, HOST_ASID);
  Object.assign(gather, emptyGather());
}

export const emptyGather = (): Gather => ({ start: 0xffff_ffff_ffff_ffffn, end: 0n, pgsize: 0n });

/** iommu_iotlb_gather_add_page(): a page that is not next to what is gathered, or of another size, sends that first. */
function gatherPage(smmu: SmmuDevice, domain: Domain, gather: Gather, iova: bigint, granule: bigint): void {
  const end = iova + granule - 1n;
  const disjoint = gather.end !== 0n && (end + 1n < gather.start || iova > gather.end + 1n);
  if (disjoint || (gather.pgsize !== 0n && gather.pgsize !== granule)) iotlbSync(smmu, domain, gather);
  gather.pgsize = granule;
  if (iova < gather.start) gather.start = iova;
  if (end > gather.end) gather.end = end;
}

/** What io-pgtable calls for the tables of a domain. */
export const tlbCallbacks = (smmu: SmmuDevice, domain: Domain): TlbCallbacks => ({
  flushAll: () => tlbInvContext(smmu, domain, HOST_ASID),
  flushWalk: (iova, size, granule) => void tlbInvRange(smmu, domain, { iova, size, granule, leaf: false }, HOST_ASID),
  addPage: (gather, iova, granule) => gatherPage(smmu, domain, gather, iova, granule),
});
