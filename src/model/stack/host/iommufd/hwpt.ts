/** HWPT_ALLOC: a domain for an IOAS, or a guest's STE under a vIOMMU (c.3, c.4). */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_HWPT_DATA, STRUCT_HWPT_ALLOC, STRUCT_HWPT_ARM_SMMUV3 } from '../../uapi/iommufd/hwpt.ts';
import { HWPT_FLAG } from '../driver/types.ts';
import type { Device, Fault, Hwpt, Ioas, NestedHwpt, ViommuObject } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';
import { copyUserData } from './user-data.ts';

interface Request {
  readonly flags: number;
  readonly data: { readonly type: number; readonly uptr: bigint; readonly length: number };
  readonly fault: Fault | null;
}

const PAGING_FLAGS = HWPT_FLAG.NEST_PARENT | HWPT_FLAG.DIRTY_TRACKING | HWPT_FLAG.FAULT_ID_VALID | HWPT_FLAG.PASID;
const NESTED_FLAGS = HWPT_FLAG.FAULT_ID_VALID | HWPT_FLAG.PASID;

export function hwptAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_HWPT_ALLOC, ucmd.bytes);
  if (cmd.__reserved !== 0) return -ERRNO.EOPNOTSUPP;
  if ((cmd.data_type === IOMMU_HWPT_DATA.NONE) !== (cmd.data_len === 0)) return -ERRNO.EINVAL;
  const device = context.objects.get(cmd.dev_id, 'device');
  if (isErrno(device)) return device;
  const table = context.objects.any(cmd.pt_id);
  if (isErrno(table)) return table;
  // The kernel looks the queue up after the domain is made and throws that away; the checks before it come first here too.
  const wanted = (cmd.flags & HWPT_FLAG.FAULT_ID_VALID) === 0 ? null : context.objects.get(cmd.fault_id, 'fault');
  const fault = wanted === null || isErrno(wanted) ? null : wanted;
  const request: Request = { flags: cmd.flags, data: { type: cmd.data_type, uptr: cmd.data_uptr, length: cmd.data_len }, fault };
  const hwpt = allocate(context, device, table, request);
  if (isErrno(hwpt)) return hwpt;
  if (wanted !== null && isErrno(wanted)) {
    destroyHwpt(context, hwpt);
    return wanted;
  }
  return ucmd.respond(STRUCT_HWPT_ALLOC, { out_hwpt_id: hwpt.id });
}

function allocate(context: IommufdContext, device: Device, table: { readonly type: string }, request: Request): Hwpt | NestedHwpt | number {
  const { type } = table;
  if (type === 'ioas') return allocPaging(context, table as Ioas, device, request);
  // The SMMUv3 driver makes nested domains under a vIOMMU only: it has no domain_alloc_nested.
  if (type === 'hwpt-paging') return -ERRNO.EOPNOTSUPP;
  return type === 'viommu' ? allocNested(context, table as ViommuObject, request) : -ERRNO.EINVAL;
}

/** iommufd_hwpt_paging_alloc() */
function allocPaging(context: IommufdContext, ioas: Ioas, device: Device, request: Request): Hwpt | number {
  const { flags, data, fault } = request;
  if ((flags & ~PAGING_FLAGS) !== 0) return -ERRNO.EOPNOTSUPP;
  // device_iommu_capable(IOMMU_CAP_DIRTY_TRACKING): the driver sets no dirty state in its tables, whatever IDR0.HTTU says.
  if ((flags & HWPT_FLAG.DIRTY_TRACKING) !== 0) return -ERRNO.EOPNOTSUPP;
  if ((flags & HWPT_FLAG.FAULT_ID_VALID) !== 0 && (flags & HWPT_FLAG.NEST_PARENT) !== 0) return -ERRNO.EOPNOTSUPP;
  return makePaging(context, ioas, device, { flags: flags & ~HWPT_FLAG.FAULT_ID_VALID, userData: data.length > 0, auto: false, fault });
}

/** Makes a domain and maps into it what the IOAS has. */
export function makePaging(
  context: IommufdContext,
  ioas: Ioas,
  { driver, device }: Device,
  how: { readonly flags: number; readonly userData: boolean; readonly auto: boolean; readonly fault: Fault | null },
): Hwpt | number {
  const domain = driver.domainAllocPaging(device, how.flags, how.userData);
  if (isErrno(domain)) return domain;
  const result = ioas.mappings.addDomain(driver, domain);
  if (result !== 0) {
    driver.domainFree(domain);
    return result;
  }
  ioas.users++;
  if (how.fault !== null) how.fault.users++;
  const nestParent = (how.flags & HWPT_FLAG.NEST_PARENT) !== 0;
  return context.objects.add((id) => ({
    id,
    type: 'hwpt-paging',
    users: 0,
    driver,
    domain,
    ioas,
    nestParent,
    auto: how.auto,
    fault: how.fault,
  }));
}

/** iommufd_viommu_alloc_hwpt_nested() and arm_vsmmu_alloc_domain_nested() */
function allocNested(context: IommufdContext, object: ViommuObject, { flags, data, fault }: Request): NestedHwpt | number {
  if ((flags & ~NESTED_FLAGS) !== 0 || data.length === 0) return -ERRNO.EOPNOTSUPP;
  const driverFlags = flags & ~HWPT_FLAG.FAULT_ID_VALID;
  if (driverFlags !== 0) return -ERRNO.EOPNOTSUPP;
  const bytes = copyUserData(context.memory, data, IOMMU_HWPT_DATA.ARM_SMMUV3, STRUCT_HWPT_ARM_SMMUV3.bytes);
  if (typeof bytes === 'number') return bytes;
  const [word0 = 0n, word1 = 0n] = decodeStruct(STRUCT_HWPT_ARM_SMMUV3, bytes).ste;
  const { driver, viommu } = object;
  const domain = driver.domainAllocNested(viommu, driverFlags, [word0, word1]);
  if (isErrno(domain)) return domain;
  object.users++;
  if (fault !== null) fault.users++;
  return context.objects.add((id) => ({ id, type: 'hwpt-nested', users: 0, driver, domain, viommu: object, fault }));
}

/** Gives back all that a HWPT holds. */
export function destroyHwpt(context: IommufdContext, hwpt: Hwpt | NestedHwpt): void {
  context.objects.remove(hwpt);
  if (hwpt.fault !== null) hwpt.fault.users--;
  if (hwpt.type === 'hwpt-nested') {
    hwpt.viommu.users--;
    return;
  }
  hwpt.ioas.mappings.removeDomain(hwpt.domain);
  hwpt.ioas.users--;
  hwpt.driver.domainFree(hwpt.domain);
}
