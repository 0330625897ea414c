import { ERRNO } from '../../errno.ts';
import { resume } from './commands.ts';
import { print, say } from './smmu-device.ts';
import type { SmmuDevice } from './smmu-device.ts';
import { PAGE_RESPONSE } from './types.ts';
import type { HostDevice, PageResponse } from './types.ts';

/** arm_smmu_page_response() (a.8): CMD_RESUME without CMD_SYNC. -ENODEV for a device that does not stall, -EINVAL for the code. */
export function pageResponse(smmu: SmmuDevice, device: HostDevice, { grpid, code }: PageResponse): number {
  const master = smmu.masters.get(device);
  const sid = device.streamIds[0];
  if (master === undefined || sid === undefined || !master.stallEnabled) {
    // A guest on iommufd decides about S1STALLD and CD.S: what it makes stall without firmware's word stays stalled.
    if (smmu.choices.generation === 'modern') print(smmu, 'warn', 'WARNING: at arm_smmu_page_response: !master->stall_enabled');
    say(smmu, 'page_response', { device: device.name }, { result: -ERRNO.ENODEV, dropped: 'the device does not stall' });
    return -ERRNO.ENODEV;
  }
  if (code !== PAGE_RESPONSE.SUCCESS && code !== PAGE_RESPONSE.INVALID && code !== PAGE_RESPONSE.FAILURE) {
    say(smmu, 'page_response', { device: device.name }, { result: -ERRNO.EINVAL, dropped: `code is ${code}` });
    return -ERRNO.EINVAL;
  }
  smmu.cmdq.issue(resume(sid, grpid, code === PAGE_RESPONSE.SUCCESS));
  return 0;
}
