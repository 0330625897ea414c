/** Faults on their way to a VMM, and the numbers that the host and the guests have given out. */
import { hex } from '../../../base/address.ts';
import { FAULT_REASON, FAULT_TYPE } from '../../../stack/host/driver/types.ts';
import type { IommufdObject } from '../../../stack/host/iommufd/objects.ts';
import { PAGE_SIZE } from '../../../stack/host/vfio/region.ts';
import type { FaultRing } from '../../../stack/host/vfio/fault-ring.ts';
import { decodeFault, IOMMU_FAULT_UNRECOVERABLE } from '../../../stack/uapi/vfio-v16/fault.ts';
import { FAULT_RING_ENTRIES } from '../../../stack/uapi/vfio-v16/fault-regions.ts';
import { rows } from '../../inspect/view.ts';
import { stalledCount, stalledDetails } from '../../verbs/stall.ts';
import type { Detail } from '../../verbs/verb.ts';
import type { StackBench } from '../bench.ts';
import type { StackDone } from '../verb.ts';

const nameOf = (names: Readonly<Record<string, number>>, value: number): string => Object.entries(names).find(([, one]) => one === value)?.[0] ?? String(value);

function faultRow({ bytes }: FaultRing, slot: number, waits: boolean): Detail[] {
  const fault = decodeFault(bytes, PAGE_SIZE + slot * IOMMU_FAULT_UNRECOVERABLE.bytes);
  if (fault === null) return [];
  const what = fault.type === FAULT_TYPE.PAGE_REQ ? `page request, group ${fault.grpid}` : nameOf(FAULT_REASON, fault.reason);
  return [{ name: `slot ${slot}${waits ? ', waits' : ''}`, value: `${what}, addr ${hex(fault.addr)}, flags ${fault.flags}, perm ${fault.perm}, pasid ${fault.pasid}` }];
}

/** The header of the DMA FAULT region, and the slots that were ever written. */
function inspectRing(device: string, ring: FaultRing): StackDone {
  const { head, tail } = ring;
  const entries = (head - tail + FAULT_RING_ENTRIES) % FAULT_RING_ENTRIES;
  const details = Array.from({ length: FAULT_RING_ENTRIES }, (_, slot) => slot).flatMap((slot) => faultRow(ring, slot, (slot - tail + FAULT_RING_ENTRIES) % FAULT_RING_ENTRIES < entries));
  return { text: `${entries} faults of ${device} wait for the VMM; head ${head}, tail ${tail}`, fields: { entries: BigInt(entries), head: BigInt(head), tail: BigInt(tail) }, details: rows(details) };
}

function queueRow(object: IommufdObject): Detail[] {
  if (object.type === 'veventq') return [{ name: `vEVENTQ ${object.id}`, value: `${object.queue.length} events of ${object.queue.depth} wait${object.queue.waiting.at(-1)?.words === null ? ', events were lost' : ''}` }];
  if (object.type === 'fault') return [{ name: `FAULT_QUEUE ${object.id}`, value: `${object.queue.counts.unread} groups not read, ${object.queue.counts.unanswered} not answered` }];
  return [];
}

function inspectEventQueues(device: string, objects: readonly IommufdObject[]): StackDone {
  const waiting = objects.reduce((sum, one) => sum + (one.type === 'veventq' ? one.queue.length : 0), 0);
  const groups = objects.reduce((sum, one) => sum + (one.type === 'fault' ? one.queue.counts.unread + one.queue.counts.unanswered : 0), 0);
  return { text: `${waiting} events of the VM of ${device} wait in vEVENTQs, ${groups} page faults in fault queues`, fields: { entries: BigInt(waiting), pageFaults: BigInt(groups) }, details: objects.flatMap(queueRow) };
}

export function inspectFaults({ stack }: StackBench, device: string): StackDone {
  const { vmm } = stack.vmOf(device);
  const ring = vmm.faultRing(device);
  return ring === null ? inspectEventQueues(device, vmm.objects()) : inspectRing(device, ring);
}

/** Transactions that wait for CMD_RESUME, and what the guests' drivers have yet to answer. */
export function inspectStalled({ stack, smmu }: StackBench): StackDone {
  const nameOfSid = (sid: number): string => stack.data.devices.find((device) => device.StreamID === sid)?.name ?? `StreamID ${hex(sid)}`;
  const details = stalledDetails(smmu, nameOfSid);
  const guests = [...stack.vms.values()].flatMap(({ data, kernel }) => kernel.faults.waiting.map(({ device, fault }) => ({ name: `a driver of ${data.name}`, value: `has STAG ${hex(fault.grpid)} of ${device.name} to answer` })));
  return { text: `${stalledCount(details.length)}, ${guests.length} of them for a guest to answer`, fields: { entries: BigInt(details.length), guest: BigInt(guests.length) }, details: [...details, ...guests] };
}

/** VMIDs and ASIDs of the host, ASIDs of each guest, objects of iommufd. */
export function inspectAllocators({ stack }: StackBench): StackDone {
  const { vmids, asids } = stack.host.driver.smmu;
  const guests = [...stack.vms.values()].map(({ data, kernel, vmm }) => ({ name: data.name, asids: kernel.driver.smmu.asids.used, objects: vmm.objects() }));
  const list = (numbers: readonly number[]): string => numbers.join(', ') || 'none';
  const details: Detail[] = [
    { name: 'VMIDs of the host', value: list(vmids.used) },
    { name: 'ASIDs of the host', value: list(asids.used) },
    ...guests.map((guest) => ({ name: `ASIDs of ${guest.name}`, value: list(guest.asids) })),
    ...guests.flatMap((guest) => guest.objects.map(({ id, type, users }) => ({ name: `object ${id} of the VMM of ${guest.name}`, value: `${type}, ${users} users` }))),
  ];
  const sum = (count: (guest: (typeof guests)[number]) => number): bigint => BigInt(guests.reduce((total, guest) => total + count(guest), 0));
  return {
    text: `${vmids.used.length} VMIDs and ${asids.used.length} ASIDs of the host are in use`,
    fields: { VMIDs: BigInt(vmids.used.length), ASIDs: BigInt(asids.used.length), guestASIDs: sum((guest) => guest.asids.length), objects: sum((guest) => guest.objects.length) },
    details,
  };
}
