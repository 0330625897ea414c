/** Where a device writes its MSIs: the doorbell itself, or a page of the software MSI window that is mapped to it (a.9, b.5). */
import { ERRNO } from '../../errno.ts';
import { PROT } from '../../io-pgtable/descriptor.ts';
import { pagingDomainOf } from './membership.ts';
import type { Domain } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { SW_MSI } from './types.ts';
import type { HostDevice } from './types.ts';

const DOORBELL = PROT.READ | PROT.WRITE | PROT.NOEXEC | PROT.MMIO;

/** Page n of the window for the n-th doorbell page of the domain; a negative errno. */
function pageFor(domain: Domain, doorbellPage: bigint): bigint | number {
  const known = domain.msiPages.get(doorbellPage);
  if (known !== undefined) return known;
  const page = domain.pgsizeBitmap & -domain.pgsizeBitmap;
  const iova = SW_MSI.start + BigInt(domain.msiPages.size) * page;
  if (iova + page > SW_MSI.start + SW_MSI.length) return -ERRNO.ENOSPC;
  const result = domain.pgtbl?.mapPages(iova, doorbellPage, page, 1, DOORBELL) ?? -ERRNO.ENODEV;
  if (result !== 0) return result;
  domain.msiPages.set(doorbellPage, iova);
  return iova;
}

/**
 * iommu_dma_prepare_msi(): the address to program into the device for a doorbell at this PA. In a nested domain it is an IPA: a
 * guest's stage 1 that does not map it one to one makes the MSI fault.
 */
export function prepareMsi(smmu: SmmuDevice, device: HostDevice, doorbell: bigint): bigint | number {
  const master = smmu.masters.get(device);
  const domain = master === undefined ? null : pagingDomainOf(master);
  if (domain === null || domain.stage === 'BYPASS') return doorbell;
  const inPage = (domain.pgsizeBitmap & -domain.pgsizeBitmap) - 1n;
  const iova = pageFor(domain, doorbell & ~inPage);
  const detail = { device: device.name, doorbell };
  if (typeof iova === 'number') {
    say(smmu, 'prepare_msi', detail, { result: iova, dropped: 'no page of the MSI window can be mapped to the doorbell' });
    return iova;
  }
  say(smmu, 'prepare_msi', { ...detail, address: iova | (doorbell & inPage) }, { result: 0 });
  return iova | (doorbell & inPage);
}
