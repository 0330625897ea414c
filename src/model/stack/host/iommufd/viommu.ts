/** VIOMMU_ALLOC and VDEVICE_ALLOC (c.3, c.7), and HW_QUEUE_ALLOC as far as an SMMU without CMDQV takes it (c.8). */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import {
  IOMMU_HW_QUEUE_TYPE,
  IOMMU_VIOMMU_TYPE,
  STRUCT_HW_QUEUE_ALLOC,
  STRUCT_VDEVICE_ALLOC,
  STRUCT_VIOMMU_ALLOC,
} from '../../uapi/iommufd/viommu.ts';
import type { Vdevice } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';

const ULONG_MAX = (1n << 64n) - 1n;

export function viommuAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_VIOMMU_ALLOC, ucmd.bytes);
  if (cmd.flags !== 0 || cmd.type === IOMMU_VIOMMU_TYPE.DEFAULT) return -ERRNO.EOPNOTSUPP;
  const device = context.objects.get(cmd.dev_id, 'device');
  if (isErrno(device)) return device;
  const { driver } = device;
  const { size, why } = driver.viommuSize(device.device);
  if (cmd.type !== IOMMU_VIOMMU_TYPE.ARM_SMMUV3 || size === 0) {
    const dropped = size === 0 ? why : 'the SMMU has no vIOMMU of that type';
    context.journal.record('uapi', 'IOMMU_VIOMMU_ALLOC', { device: device.device.name, type: cmd.type }, { dropped });
    return -ERRNO.EOPNOTSUPP;
  }
  const parent = context.objects.get(cmd.hwpt_id, 'hwpt-paging');
  if (isErrno(parent)) return parent;
  if (!parent.nestParent || parent.driver !== driver) return -ERRNO.EINVAL;
  const viommu = driver.viommuAlloc(device.device, parent.domain);
  if (isErrno(viommu)) return viommu;
  parent.users++;
  const object = context.objects.add((id) => ({ id, type: 'viommu', users: 0, driver, viommu, parent, veventq: null }));
  return ucmd.respond(STRUCT_VIOMMU_ALLOC, { out_viommu_id: object.id });
}

export function vdeviceAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_VDEVICE_ALLOC, ucmd.bytes);
  const viommu = context.objects.get(cmd.viommu_id, 'viommu');
  if (isErrno(viommu)) return viommu;
  const device = context.objects.get(cmd.dev_id, 'device');
  if (isErrno(device)) return device;
  if (viommu.driver !== device.driver) return -ERRNO.EINVAL;
  if (device.vdevice !== null || isTaken(context, viommu.id, cmd.virt_id)) return -ERRNO.EEXIST;
  const result = viommu.driver.vdeviceAlloc(viommu.viommu, device.device, cmd.virt_id);
  if (result !== 0) return result;
  viommu.users++;
  const object = context.objects.add<Vdevice>((id) => ({ id, type: 'vdevice', users: 0, viommu, virtId: cmd.virt_id, device }));
  device.vdevice = object;
  return ucmd.respond(STRUCT_VDEVICE_ALLOC, { out_vdevice_id: object.id });
}

/** A vDEVICE of the vIOMMU has the number; a tombstone has none. */
function isTaken(context: IommufdContext, viommuId: number, virtId: bigint): boolean {
  for (const one of context.objects.all()) {
    if (one.type === 'vdevice' && one.device !== null && one.viommu.id === viommuId && one.virtId === virtId) return true;
  }
  return false;
}

/** A device leaves its vIOMMU: the driver forgets the vSID; the object stays, as a tombstone, until it is destroyed. */
export function buryVdevice(vdevice: Vdevice): void {
  const { device, viommu } = vdevice;
  if (device === null) return;
  viommu.driver.vdeviceFree(viommu.viommu, device.device);
  viommu.users--;
  device.vdevice = null;
  vdevice.device = null;
}

/** HW_QUEUE_ALLOC: the checks of the core, then -EOPNOTSUPP, as an SMMUv3 by itself has no queues to give away. */
export function hwQueueAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_HW_QUEUE_ALLOC, ucmd.bytes);
  if (cmd.flags !== 0 || cmd.type === IOMMU_HW_QUEUE_TYPE.DEFAULT) return -ERRNO.EOPNOTSUPP;
  if (cmd.length === 0n) return -ERRNO.EINVAL;
  if (cmd.nesting_parent_iova + cmd.length - 1n > ULONG_MAX) return -ERRNO.EOVERFLOW;
  const viommu = context.objects.get(cmd.viommu_id, 'viommu');
  return isErrno(viommu) ? viommu : -ERRNO.EOPNOTSUPP;
}
