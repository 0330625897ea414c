import { expect, test } from 'vitest';
import { ERRNO } from '../../errno.ts';
import { StackJournal } from '../../journal.ts';
import { encodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_PAGE_RESP_PASID_VALID, IOMMU_PAGE_RESPONSE } from '../../uapi/vfio-v16/fault.ts';
import type { HostDevice } from '../driver/device.ts';
import { FAULT_PAGE_REQUEST, FAULT_TYPE } from '../driver/types.ts';
import { FaultReports } from './fault-reports.ts';
import { iommuPageResponse } from './page-response.ts';

const DEVICE: HostDevice = { name: 'nic0', streamIds: [8], ssidBits: 0, canStall: true, ats: false, canWbs: false, svaEnabled: false, reservedRegions: [] };

test('a.8: a request that needs its PASID in the answer is not answered without, though the number would be right', () => {
  const journal = new StackJournal();
  const reports = new FaultReports(journal);
  reports.registerHandler(DEVICE, () => 0);
  const flags = FAULT_PAGE_REQUEST.LAST_PAGE | FAULT_PAGE_REQUEST.RESPONSE_NEEDS_PASID;
  reports.reportDeviceFault(DEVICE, { type: FAULT_TYPE.PAGE_REQ, flags, pasid: 0, grpid: 3, perm: 1, addr: 0x1000n });
  const answer = (valid: number): number =>
    iommuPageResponse({ pageResponse: () => 0 }, reports, DEVICE, encodeStruct(IOMMU_PAGE_RESPONSE, { argsz: 24, version: 1, flags: valid, pasid: 0, grpid: 3, code: 0 }), journal);
  expect([answer(0), answer(IOMMU_PAGE_RESP_PASID_VALID)]).toEqual([-ERRNO.EINVAL, 0]);
});
