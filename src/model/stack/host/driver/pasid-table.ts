/** arm_smmu_attach_pasid_table() and detach_pasid_table(): patch 5, row by row (a.5). */
import { ERRNO } from '../../errno.ts';
import { installSteV16 } from './attach-v16.ts';
import type { Domain } from './objects.ts';
import { say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { PASID_CONFIG, PASID_FORMAT_SMMUV3 } from './types.ts';
import type { PasidTableConfig } from './types.ts';

const VERSION_1 = 1;

/** Every device of the domain gets its STE anew; no CFGI_CD, no TLBI. */
function reinstall(smmu: SmmuDevice, domain: Domain): void {
  for (const master of domain.masters) installSteV16(smmu, master);
}

/** The domain's new configuration, or why it stays as it is. */
function configure(domain: Domain, config: PasidTableConfig): string | null {
  const { s1 } = domain;
  switch (config.config) {
    case PASID_CONFIG.ABORT:
      s1.set = false;
      domain.abort = true;
      return null;
    case PASID_CONFIG.BYPASS:
      s1.set = false;
      domain.abort = false;
      return null;
    case PASID_CONFIG.TRANSLATE:
      if (s1.set) return 'stage 1 is set already: no change from one CD table to another';
      if (config.pasidBits !== 0) return `pasid_bits is ${config.pasidBits}: a single CD is supported`;
      s1.cdtabDma = config.basePtr;
      s1.set = true;
      domain.abort = false;
      return null;
    default:
      return `config is ${config.config}`;
  }
}

function refuse(smmu: SmmuDevice, why: string): number {
  say(smmu, 'attach_pasid_table', {}, { result: -ERRNO.EINVAL, dropped: why });
  return -ERRNO.EINVAL;
}

/** 0 or -EINVAL. The table's address is not looked at: a bad one shows as a stage-2 fault on the CD fetch. */
export function attachPasidTable(smmu: SmmuDevice, domain: Domain, config: PasidTableConfig): number {
  const since = smmu.journal.mark();
  if (config.format !== PASID_FORMAT_SMMUV3) return refuse(smmu, `format is ${config.format}, expected SMMUV3 (1)`);
  if (config.version !== VERSION_1 || config.smmuv3.version !== VERSION_1) return refuse(smmu, 'version is not 1');
  if (domain.smmu === null) return refuse(smmu, 'no device was ever attached to the domain');
  if (domain.stage !== 'NESTED') return refuse(smmu, `the domain is of stage ${domain.stage}, not NESTED`);
  const why = configure(domain, config);
  if (why !== null) return refuse(smmu, why);
  reinstall(smmu, domain);
  say(smmu, 'attach_pasid_table', { config: config.config, base_ptr: config.basePtr, devices: domain.masters.length }, { result: 0, since });
  return 0;
}

export function detachPasidTable(smmu: SmmuDevice, domain: Domain): void {
  if (domain.stage !== 'NESTED') {
    say(smmu, 'detach_pasid_table', {}, { dropped: `the domain is of stage ${domain.stage}, not NESTED` });
    return;
  }
  domain.s1.set = false;
  domain.abort = false;
  const since = smmu.journal.mark();
  reinstall(smmu, domain);
  say(smmu, 'detach_pasid_table', { devices: domain.masters.length }, { since });
}
