/** struct iommu_fault and struct iommu_page_response: faults on their way to a VMM, and its answer (a.8). */
import { FAULT_PAGE_REQUEST, FAULT_PERM, FAULT_REASON, FAULT_TYPE, FAULT_UNRECOV, PAGE_RESPONSE } from '../../host/driver/types.ts';
import type { IommuFault } from '../../host/driver/types.ts';
import { decodeStruct, defineStruct, encodeStruct, u32, u64, u64s, u8s } from '../bytes.ts';

export const IOMMU_PAGE_RESP_VERSION_1 = 1;
export const IOMMU_PAGE_RESP_PASID_VALID = 1;

const HEAD = [u32('type', 0, 'Which member of the union holds.', FAULT_TYPE), u32('padding', 4, '0.')] as const;

/** struct iommu_fault with struct iommu_fault_unrecoverable. */
export const IOMMU_FAULT_UNRECOVERABLE = defineStruct({
  id: 'iommu_fault (unrecoverable)',
  title: 'Unrecoverable fault',
  bytes: 64,
  fields: [
    ...HEAD,
    u32('reason', 8, 'Why.', FAULT_REASON),
    u32('flags', 12, 'Which of the members below hold.', FAULT_UNRECOV),
    u32('pasid', 16, 'PASID.'),
    u32('perm', 20, 'Permissions the access asked for.', FAULT_PERM),
    u64('addr', 24, 'IOVA.'),
    u64('fetch_addr', 32, 'Address of the failed fetch.'),
    u8s('unused', 40, 24, 'Rest of the union.'),
  ],
});

/** struct iommu_fault with struct iommu_fault_page_request. */
export const IOMMU_FAULT_PAGE_REQUEST = defineStruct({
  id: 'iommu_fault (page request)',
  title: 'Page request',
  bytes: 64,
  fields: [
    ...HEAD,
    u32('flags', 8, 'What holds, and whether the group ends here.', FAULT_PAGE_REQUEST),
    u32('pasid', 12, 'PASID.'),
    u32('grpid', 16, 'Group: the STAG of a stalled transaction.'),
    u32('perm', 20, 'Permissions the access asked for.', FAULT_PERM),
    u64('addr', 24, 'IOVA.'),
    u64s('private_data', 32, 2, 'Private to the IOMMU.'),
    u8s('unused', 48, 16, 'Rest of the union.'),
  ],
});

export const IOMMU_PAGE_RESPONSE = defineStruct({
  id: 'iommu_page_response',
  title: 'Page response',
  bytes: 24,
  fields: [
    u32('argsz', 0, 'Bytes the user filled.'),
    u32('version', 4, 'IOMMU_PAGE_RESP_VERSION_1.', { IOMMU_PAGE_RESP_VERSION_1 }),
    u32('flags', 8, 'Whether pasid holds.', { IOMMU_PAGE_RESP_PASID_VALID }),
    u32('pasid', 12, 'PASID.'),
    u32('grpid', 16, 'Group that is answered.'),
    u32('code', 20, 'The answer.', PAGE_RESPONSE),
  ],
});

/** The 64 bytes of a fault. */
export function encodeFault(fault: IommuFault): Uint8Array {
  const { type, flags, pasid, perm, addr } = fault;
  if (fault.type === FAULT_TYPE.PAGE_REQ)
    return encodeStruct(IOMMU_FAULT_PAGE_REQUEST, { type, flags, pasid, grpid: fault.grpid, perm, addr });
  return encodeStruct(IOMMU_FAULT_UNRECOVERABLE, { type, reason: fault.reason, flags, pasid, perm, addr, fetch_addr: fault.fetchAddr });
}

/** The fault in 64 bytes, or null when its type is none that the uAPI has. */
export function decodeFault(bytes: Uint8Array, at = 0): IommuFault | null {
  const head = decodeStruct(IOMMU_FAULT_UNRECOVERABLE, bytes, at);
  if (head.type === FAULT_TYPE.DMA_UNRECOV) {
    const { reason, flags, pasid, perm, addr, fetch_addr: fetchAddr } = head;
    return { type: FAULT_TYPE.DMA_UNRECOV, reason, flags, pasid, perm, addr, fetchAddr };
  }
  if (head.type !== FAULT_TYPE.PAGE_REQ) return null;
  const { flags, pasid, grpid, perm, addr } = decodeStruct(IOMMU_FAULT_PAGE_REQUEST, bytes, at);
  return { type: FAULT_TYPE.PAGE_REQ, flags, pasid, grpid, perm, addr };
}
