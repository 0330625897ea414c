/** a.8, the core's half of an answer to a page request. */
import { ERRNO } from '../../errno.ts';
import type { StackJournal } from '../../journal.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_PAGE_RESP_PASID_VALID, IOMMU_PAGE_RESP_VERSION_1, IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import type { HostDevice } from '../driver/device.ts';
import { FAULT_PAGE_REQUEST } from '../driver/types.ts';
import type { IommuOps, PageRequestFault, PageResponse } from '../driver/types.ts';
import type { FaultReports } from './fault-reports.ts';

export type PageResponseOps = Partial<Pick<IommuOps, 'pageResponse'>>;

const needsPasid = (request: PageRequestFault): boolean => (request.flags & FAULT_PAGE_REQUEST.RESPONSE_NEEDS_PASID) !== 0;

/** The group must match; the PASID too, where the request asked for that. */
function matches(request: PageRequestFault, response: PageResponse): boolean {
  if (request.grpid !== response.grpid) return false;
  if (!needsPasid(request)) return true;
  return (response.flags & IOMMU_PAGE_RESP_PASID_VALID) !== 0 && response.pasid === request.pasid;
}

/** iommu_page_response() on the 24 bytes of struct iommu_page_response. */
export function iommuPageResponse(
  ops: PageResponseOps,
  reports: FaultReports,
  device: HostDevice,
  bytes: Uint8Array,
  journal: StackJournal,
): number {
  const { version, flags, pasid, grpid, code } = decodeStruct(IOMMU_PAGE_RESPONSE, bytes);
  const detail = { device: device.name, grpid, code };
  const refuse = (result: number, dropped: string): number => {
    journal.record('host-core', 'iommu_page_response', detail, { result, dropped });
    return result;
  };
  if (ops.pageResponse === undefined) return refuse(-ERRNO.ENODEV, 'the driver has no page_response');
  const pending = reports.pending(device);
  if (pending === null) return refuse(-ERRNO.EINVAL, 'nobody registered a fault handler for the device');
  if (version !== IOMMU_PAGE_RESP_VERSION_1 || (flags & ~IOMMU_PAGE_RESP_PASID_VALID) !== 0)
    return refuse(-ERRNO.EINVAL, 'version or flags');
  const request = pending.find((one) => matches(one, { flags, pasid, grpid, code }));
  if (request === undefined) return refuse(-ERRNO.EINVAL, 'no page request of that group is pending');
  const answer: PageResponse = needsPasid(request) ? { flags, pasid, grpid, code } : { flags: 0, pasid: 0, grpid, code };
  journal.record('host-core', 'iommu_page_response', detail, { data: { type: IOMMU_PAGE_RESPONSE.id, bytes: bytes.slice() } });
  const result = ops.pageResponse(device, answer);
  reports.answered(device, request);
  return result;
}
