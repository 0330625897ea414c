/** Patch 1, the core's half: what is checked of a PASID table before a driver sees it, in this order. */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { decodeStruct, offsetOf } from '../../uapi/bytes.ts';
import { IOMMU_PASID_TABLE_CONFIG, PASID_TABLE_CFG_VERSION_1 } from '../../uapi/vfio-v16/pasid-table.ts';
import type { Domain } from '../driver/objects.ts';
import { PASID_CONFIG, PASID_FORMAT_SMMUV3 } from '../driver/types.ts';
import type { IommuOps, PasidTableConfig } from '../driver/types.ts';
import { copyFromUser, padded } from './user-copy.ts';

export type PasidTableOps = Partial<Pick<IommuOps, 'attachPasidTable' | 'detachPasidTable'>>;

/** Bytes before vendor_data: what every version of the structure has. */
const MIN = offsetOf(IOMMU_PASID_TABLE_CONFIG, 'smmuv3_version');

/** The configuration at byte `at` of the caller's memory, or the errno of the first check it fails (a.1, rows 2 to 7). */
function readConfig(user: Uint8Array, at: number): PasidTableConfig | number {
  const head = copyFromUser(user, at, MIN);
  if (head === null) return -ERRNO.EFAULT;
  const { argsz, version, format, config } = decodeStruct(IOMMU_PASID_TABLE_CONFIG, padded(head, IOMMU_PASID_TABLE_CONFIG.bytes));
  if (argsz < MIN || version !== PASID_TABLE_CFG_VERSION_1) return -ERRNO.EINVAL;
  if (format === PASID_FORMAT_SMMUV3 && argsz < IOMMU_PASID_TABLE_CONFIG.bytes) return -ERRNO.EINVAL;
  const all = copyFromUser(user, at, Math.min(argsz, IOMMU_PASID_TABLE_CONFIG.bytes));
  if (all === null) return -ERRNO.EFAULT;
  if (config < PASID_CONFIG.TRANSLATE || config > PASID_CONFIG.ABORT) return -ERRNO.EINVAL;
  const values = decodeStruct(IOMMU_PASID_TABLE_CONFIG, padded(all, IOMMU_PASID_TABLE_CONFIG.bytes));
  return {
    version,
    basePtr: values.base_ptr,
    format,
    pasidBits: values.pasid_bits,
    config,
    smmuv3: { version: values.smmuv3_version, s1fmt: values.smmuv3_s1fmt, s1dss: values.smmuv3_s1dss },
  };
}

/** iommu_uapi_attach_pasid_table(): `user` from byte `at` on is what the caller's pointer points to. */
export function iommuUapiAttachPasidTable(ops: PasidTableOps, domain: Domain, user: Uint8Array, at: number, journal: StackJournal): number {
  if (ops.attachPasidTable === undefined) return refuse(journal, -ERRNO.ENODEV, 'the driver has no attach_pasid_table');
  const config = readConfig(user, at);
  if (typeof config === 'number') return refuse(journal, config, 'the structure failed a check of the core');
  const since = journal.mark();
  const result = ops.attachPasidTable(domain, config);
  const detail = { config: config.config, base_ptr: config.basePtr, format: config.format, pasid_bits: config.pasidBits };
  journal.record('host-core', 'iommu_uapi_attach_pasid_table', detail, { result, since });
  return result;
}

function refuse(journal: StackJournal, result: number, dropped: string): number {
  journal.record('host-core', 'iommu_uapi_attach_pasid_table', {}, { result, dropped });
  return result;
}

/** iommu_detach_pasid_table(): void; nothing happens without the op. */
export function iommuDetachPasidTable(ops: PasidTableOps, domain: Domain): void {
  ops.detachPasidTable?.(domain);
}
