/** arm_smmu_domain_finalise(): the first device of a domain decides its SMMU; IDs and tables are taken then. */
import { ERRNO } from '../../errno.ts';
import { createPageTable } from '../../io-pgtable/page-table.ts';
import { vtcrOf } from '../../io-pgtable/table-format.ts';
import type { PageTable } from '../../io-pgtable/types.ts';
import { createCdTable, freeCdTable } from './cd-table.ts';
import type { Domain, Master } from './objects.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { tlbCallbacks } from './tlb.ts';

function newTable(smmu: SmmuDevice, domain: Domain): PageTable | null {
  const { features, choices } = smmu;
  const stage = domain.stage === 'S1' ? 1 : 2;
  return createPageTable({
    stage,
    pgsizeBitmap: features.pgsizeBitmap,
    ias: stage === 1 ? features.vaBits : features.ias,
    oas: stage === 1 ? features.ias : features.oas,
    pageSize: choices.pageSize,
    coherentWalk: features.coherent,
    blockUnmap: choices.generation === 'v16' ? 'split' : 'full-only',
    s2fwb: domain.nestParent && features.s2fwb,
    memory: {
      allocate: (bytes) => smmu.pages.allocate(bytes),
      free: (address, bytes) => smmu.pages.free(address, bytes),
      read64: (address) => smmu.memory.read64(address),
      write64: (address, value) => smmu.memory.write64(address, value),
    },
    tlb: tlbCallbacks(smmu, domain),
  });
}

/** 0; -EINVAL when the SMMU lacks a stage, -ENOSPC without a free ID, -ENOMEM. On failure nothing is held. */
export function finaliseDomain(smmu: SmmuDevice, domain: Domain, master: Master): number {
  if (domain.type === 'identity') {
    domain.stage = 'BYPASS';
    return 0;
  }
  if (domain.stage === 'NESTED' && !smmu.features.nesting) {
    print(smmu, 'info', 'does not implement two stages');
    return -ERRNO.EINVAL;
  }
  if (domain.stage === 'S1' && !smmu.features.s1) domain.stage = 'S2';
  if (domain.stage === 'S2' && !smmu.features.s2) domain.stage = 'S1';
  const table = newTable(smmu, domain);
  if (table === null) return -ERRNO.ENOMEM;
  const result = domain.stage === 'S1' ? finaliseS1(smmu, domain, master, table) : finaliseS2(smmu, domain, table);
  if (result !== 0) {
    table.free();
    return result;
  }
  domain.pgtbl = table;
  domain.pgsizeBitmap = table.pgsizeBitmap;
  say(smmu, 'domain_finalise', { stage: domain.stage, VMID: domain.s2.vmid, ASID: domain.s1.asid, table: table.root });
  return 0;
}

function finaliseS1(smmu: SmmuDevice, domain: Domain, master: Master, table: PageTable): number {
  const asid = smmu.asids.allocate();
  if (asid < 0) return asid;
  domain.stallEnabled = master.stallEnabled;
  const made = createCdTable(smmu, domain, master.ssidBits, asid, table);
  if (made !== 0) smmu.asids.free(asid);
  return made;
}

function finaliseS2(smmu: SmmuDevice, domain: Domain, table: PageTable): number {
  const vmid = smmu.vmids.allocate();
  if (vmid < 0) return vmid;
  Object.assign(domain.s2, { vmid, vtcr: vtcrOf(table.format), vttbr: table.root });
  return 0;
}

/** arm_smmu_domain_free() with patch 3: what is given back depends on `set`, which the STE writer writes. */
export function freeDomain(smmu: SmmuDevice, domain: Domain): void {
  const { s1, s2 } = domain;
  domain.pgtbl?.free();
  domain.pgtbl = null;
  const modern = smmu.choices.generation === 'modern';
  if (modern ? domain.stage === 'S1' : s1.set) {
    // A guest's CD table is not the host's to free: its domain has ASID 0.
    if (s1.asid !== 0) freeCdTable(smmu, domain);
    smmu.asids.free(s1.asid);
  }
  if (modern || s2.set) smmu.vmids.free(s2.vmid);
  say(smmu, 'domain_free', { stage: domain.stage, VMID: s2.vmid, ASID: s1.asid });
}
