/** arm_smmu_attach_dev() and detach_dev() of v5.15 with patch 9 (a.9): never hitless, the old domain goes first. */
import { ERRNO } from '../../errno.ts';
import { finaliseDomain } from './finalise.ts';
import type { Domain, Master } from './objects.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { writeSteV16 } from './ste-v16.ts';
import { atcInvDomain, atcInvMasters } from './tlb.ts';
import type { HostDevice } from './types.ts';

/** Writes the STEs of a device for the domain that it is attached to now. */
export function installSteV16(smmu: SmmuDevice, master: Master): void {
  const { domain } = master;
  for (const sid of master.streams) writeSteV16(smmu, master, sid, domain?.kind === 'paging' ? domain : null);
}

export function detachV16(smmu: SmmuDevice, master: Master): void {
  const { domain } = master;
  if (domain === null || domain.kind !== 'paging') return;
  if (master.atsEnabled) atcInvMasters(smmu, [master], 0n, 0n);
  domain.masters.splice(domain.masters.indexOf(master), 1);
  master.domain = null;
  master.atsEnabled = false;
  installSteV16(smmu, master);
}

/** In the order of the source: who the SMMU is, what a second device must have in common, hardware MSI regions (patch 9). */
function check(smmu: SmmuDevice, domain: Domain, master: Master): number {
  if (domain.smmu === null) {
    const result = finaliseDomain(smmu, domain, master);
    if (result !== 0) return result;
    domain.smmu = smmu;
  } else if (domain.smmu !== smmu) {
    print(smmu, 'err', 'cannot attach: the domain belongs to another SMMU');
    return -ERRNO.ENXIO;
  } else if (domain.stage === 'S1' && master.ssidBits !== domain.s1.s1cdmax) {
    print(smmu, 'err', `cannot attach to incompatible domain (${domain.s1.s1cdmax} SSID bits != ${master.ssidBits})`);
    return -ERRNO.EINVAL;
  } else if (domain.stage === 'S1' && domain.stallEnabled !== master.stallEnabled) {
    print(smmu, 'err', `cannot attach to stall-${domain.stallEnabled ? 'enabled' : 'disabled'} domain`);
    return -ERRNO.EINVAL;
  }
  return bypassesNesting(domain, master) ? -ERRNO.EINVAL : 0;
}

/** Patch 9: accesses to such a region bypass the SMMU, and the guest would not know. */
const bypassesNesting = (domain: Domain, { device }: Master): boolean => domain.stage === 'NESTED' && device.reservedRegions.some((region) => region.type === 'msi');

/** -ENOENT without fwspec, -EBUSY with SVA, -ENXIO, -EINVAL, -ENOSPC, -ENOMEM. A failure leaves the device without domain. */
export function attachV16(smmu: SmmuDevice, domain: Domain, device: HostDevice): number {
  const master = smmu.masters.get(device);
  if (device.streamIds.length === 0 || master === undefined) return -ERRNO.ENOENT;
  if (device.svaEnabled) {
    print(smmu, 'err', 'cannot attach - SVA enabled');
    return -ERRNO.EBUSY;
  }
  detachV16(smmu, master);
  const result = check(smmu, domain, master);
  say(smmu, 'attach_dev', { device: device.name, stage: domain.stage }, result === 0 ? { result } : { result, dropped: `${bypassesNesting(domain, master) ? 'MSIs of the device bypass the SMMU: ' : ''}the device is left without domain` });
  if (result !== 0) return result;
  master.domain = domain;
  master.atsEnabled = domain.stage !== 'BYPASS' && smmu.features.ats && device.ats;
  installSteV16(smmu, master);
  domain.masters.push(master);
  if (master.atsEnabled) atcInvDomain(smmu, domain, 0n, 0n);
  return 0;
}
