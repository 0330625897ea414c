/** A device gets a domain: its own IOAS's, one that was made for it, or a guest's STE (c.4, d.8). */
import { ERRNO, isErrno } from '../../errno.ts';
import { FAULT_PAGE_REQUEST, FAULT_TYPE } from '../driver/types.ts';
import type { IommuFault, PageRequestFault } from '../driver/types.ts';
import { STRUCT_HWPT_PGFAULT } from '../../uapi/iommufd/events.ts';
import { encodePgfault } from './fault-queue.ts';
import { destroyHwpt, makePaging } from './hwpt.ts';
import type { Device, Fault, Hwpt, Ioas, NestedHwpt } from './objects.ts';
import type { IommufdContext } from './ucmd.ts';

const ioasOf = (hwpt: Hwpt | NestedHwpt): Ioas => (hwpt.type === 'hwpt-nested' ? hwpt.viommu.parent.ioas : hwpt.ioas);

/**
 * iommufd_device_attach(), or _replace() when the device has a domain: to the HWPT with that number, or to the IOAS,
 * whose own HWPT is made when there is none. Gives the HWPT, or a negative errno; then nothing changed.
 */
export function attachDevice(context: IommufdContext, device: Device, ptId: number): Hwpt | NestedHwpt | number {
  const table = context.objects.any(ptId);
  if (isErrno(table)) return table;
  const hwpt = table.type === 'ioas' ? autoHwpt(context, table, device) : table;
  if (isErrno(hwpt)) return hwpt;
  if (hwpt.type !== 'hwpt-paging' && hwpt.type !== 'hwpt-nested') return -ERRNO.EINVAL;
  const result = install(context, device, hwpt);
  if (result !== 0) {
    dropAuto(context, hwpt);
    return result;
  }
  return hwpt;
}

function autoHwpt(context: IommufdContext, ioas: Ioas, device: Device): Hwpt | number {
  for (const one of context.objects.all()) {
    if (one.type === 'hwpt-paging' && one.auto && one.ioas === ioas && one.driver === device.driver) return one;
  }
  return makePaging(context, ioas, device, { flags: 0, userData: false, auto: true, fault: null });
}

function dropAuto(context: IommufdContext, hwpt: Hwpt | NestedHwpt): void {
  if (hwpt.type === 'hwpt-paging' && hwpt.auto && hwpt.users === 0) destroyHwpt(context, hwpt);
}

function install(context: IommufdContext, device: Device, hwpt: Hwpt | NestedHwpt): number {
  if (hwpt.driver !== device.driver) return -ERRNO.EINVAL;
  if (device.hwpt === hwpt) return 0;
  const old = device.hwpt;
  const { mappings } = ioasOf(hwpt);
  const reserved = mappings.reserve(device, device.driver.getResvRegions(device.device));
  if (reserved !== 0) return reserved;
  const result = device.driver.attachDev(hwpt.domain, device.device);
  if (result !== 0) {
    if (old === null || ioasOf(old).mappings !== mappings) mappings.unreserve(device);
    return result;
  }
  device.hwpt = hwpt;
  hwpt.users++;
  if (old !== null) release(context, device, old, ioasOf(old).mappings !== mappings);
  if (hwpt.fault !== null) listen(context, device, hwpt.fault);
  return 0;
}

/** What the old domain of a device held for it. */
function release(context: IommufdContext, device: Device, old: Hwpt | NestedHwpt, leavesIoas: boolean): void {
  old.users--;
  if (leavesIoas) ioasOf(old).mappings.unreserve(device);
  if (old.fault !== null) {
    old.fault.queue.abandon(device.id);
    context.reports.unregisterHandler(device.device);
  }
  dropAuto(context, old);
}

/** iommufd_device_detach() */
export function detachDevice(context: IommufdContext, device: Device): void {
  const { hwpt } = device;
  if (hwpt === null) return;
  device.driver.detachDev(hwpt.domain, device.device);
  device.hwpt = null;
  release(context, device, hwpt, true);
}

/** Page requests of the device go to the queue from now on, a group when its last page came. */
function listen(context: IommufdContext, device: Device, { queue }: Fault): void {
  const partial: PageRequestFault[] = [];
  context.reports.registerHandler(device.device, (fault: IommuFault) => {
    if (fault.type !== FAULT_TYPE.PAGE_REQ) return -ERRNO.EOPNOTSUPP;
    if ((fault.flags & FAULT_PAGE_REQUEST.LAST_PAGE) === 0) {
      partial.push(fault);
      return 0;
    }
    const earlier = partial.filter((one) => one.grpid === fault.grpid);
    for (const one of earlier) partial.splice(partial.indexOf(one), 1);
    queue.push({
      deviceId: device.id,
      faults: [...earlier, fault],
      respond: (code) => {
        context.journal.record('host-core', 'iopf_group_response', { device: device.device.name, grpid: fault.grpid, code });
        context.reports.answered(device.device, fault);
        device.driver.pageResponse(device.device, { flags: 0, pasid: 0, grpid: fault.grpid, code });
      },
    });
    const data = { type: STRUCT_HWPT_PGFAULT.id, bytes: encodePgfault(device.id, fault, 0) };
    const detail = { device: device.device.name, grpid: fault.grpid, addr: fault.addr };
    context.journal.record('uapi', 'FAULT_QUEUE', detail, { result: 0, data, fault: 'queued' });
    return 0;
  });
}
