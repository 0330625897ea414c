/** GET_HW_INFO: the ID registers of the SMMU, raw, for a VMM that builds its own (c.2). */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct, encodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_HW_INFO_FLAG, IOMMU_HW_INFO_TYPE, STRUCT_HW_INFO, STRUCT_HW_INFO_ARM_SMMUV3 } from '../../uapi/iommufd/hwpt.ts';
import type { HostDriver } from '../driver/types.ts';
import type { Device } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';

/** No IOMMU_HW_CAP_DIRTY_TRACKING: the driver does not track dirty pages. */
const CAPABILITIES = 0n;

function infoBytes(driver: HostDriver): Uint8Array {
  const { flags, id } = driver.hwInfo();
  const idr = [id.IDR0, id.IDR1, id.IDR2, id.IDR3, id.IDR4, id.IDR5];
  return encodeStruct(STRUCT_HW_INFO_ARM_SMMUV3, { flags, idr, iidr: id.IIDR, aidr: id.AIDR });
}

/** Width of the PASIDs that device and SMMU (IDR1.SSIDSIZE) both have. */
function pasidWidth({ driver, device }: Device): number {
  return Math.min(device.ssidBits, (driver.hwInfo().id.IDR1 >>> 6) & 0x1f);
}

export function getHwInfo(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_HW_INFO, ucmd.bytes);
  if ((cmd.flags & ~IOMMU_HW_INFO_FLAG.INPUT_TYPE) !== 0 || cmd.__reserved.some((byte) => byte !== 0)) return -ERRNO.EOPNOTSUPP;
  const device = context.objects.get(cmd.dev_id, 'device');
  if (isErrno(device)) return device;
  const wanted = cmd.flags === 0 ? IOMMU_HW_INFO_TYPE.DEFAULT : cmd.data_type;
  if (wanted !== IOMMU_HW_INFO_TYPE.DEFAULT && wanted !== IOMMU_HW_INFO_TYPE.ARM_SMMUV3) return -ERRNO.EOPNOTSUPP;
  const info = infoBytes(device.driver);
  const known = info.subarray(0, cmd.data_len);
  if (!context.memory.write(cmd.data_uptr, known) && known.length > 0) return -ERRNO.EFAULT;
  const unknown = cmd.data_len - known.length;
  if (unknown > 0 && !clearUser(context, cmd.data_uptr + BigInt(known.length), unknown)) return -ERRNO.EFAULT;
  return ucmd.respond(STRUCT_HW_INFO, {
    data_len: info.length,
    data_type: IOMMU_HW_INFO_TYPE.ARM_SMMUV3,
    out_max_pasid_log2: pasidWidth(device),
    out_capabilities: CAPABILITIES,
  });
}

const CLEAR_AT_ONCE = 4096;

/** clear_user(): page by page, as the length is the caller's and may be absurd. */
function clearUser(context: IommufdContext, ptr: bigint, length: number): boolean {
  for (let done = 0; done < length; done += CLEAR_AT_ONCE) {
    const bytes = new Uint8Array(Math.min(CLEAR_AT_ONCE, length - done));
    if (!context.memory.write(ptr + BigInt(done), bytes)) return false;
  }
  return true;
}
