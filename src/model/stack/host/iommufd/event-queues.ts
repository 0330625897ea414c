/** VEVENTQ_ALLOC and FAULT_QUEUE_ALLOC: queues, and the files through which a VMM reads them (c.2, c.6). */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_VEVENTQ_TYPE, STRUCT_FAULT_ALLOC, STRUCT_VEVENTQ_ALLOC } from '../../uapi/iommufd/events.ts';
import { wordsData } from '../driver/words-data.ts';
import { FaultQueue } from './fault-queue.ts';
import type { Fault, VeventqObject } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';
import { Veventq } from './veventq.ts';

export function veventqAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const cmd = decodeStruct(STRUCT_VEVENTQ_ALLOC, ucmd.bytes);
  if (cmd.flags !== 0 || cmd.__reserved !== 0 || cmd.type === IOMMU_VEVENTQ_TYPE.DEFAULT) return -ERRNO.EOPNOTSUPP;
  if (cmd.veventq_depth === 0) return -ERRNO.EINVAL;
  const viommu = context.objects.get(cmd.viommu_id, 'viommu');
  if (isErrno(viommu)) return viommu;
  if (cmd.type !== IOMMU_VEVENTQ_TYPE.ARM_SMMUV3) return -ERRNO.EOPNOTSUPP;
  if (viommu.veventq !== null) return -ERRNO.EEXIST;
  const queue = new Veventq(cmd.veventq_depth);
  // The file holds on to the object, until it is closed.
  const object = context.objects.add<VeventqObject>((id) => ({ id, type: 'veventq', users: 1, viommu, queue }));
  viommu.users++;
  viommu.veventq = object;
  context.reports.setVeventHandler(viommu.viommu, (words) => {
    const queued = queue.push(words);
    const detail = { event: Number(words[0] & 0xffn), waiting: queue.length, depth: queue.depth };
    const end = { result: 0, fault: 'queued', data: wordsData('event', words) } as const;
    context.journal.record('uapi', 'vEVENTQ', detail, queued ? end : { ...end, dropped: 'the queue is full: LOST_EVENTS' });
    return 0;
  });
  const out_veventq_fd = context.openFile(queue, () => object.users--);
  return ucmd.respond(STRUCT_VEVENTQ_ALLOC, { out_veventq_id: object.id, out_veventq_fd });
}

export function destroyVeventq(context: IommufdContext, object: VeventqObject): void {
  context.objects.remove(object);
  context.reports.setVeventHandler(object.viommu.viommu, null);
  object.viommu.veventq = null;
  object.viommu.users--;
}

export function faultQueueAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const { flags } = decodeStruct(STRUCT_FAULT_ALLOC, ucmd.bytes);
  if (flags !== 0) return -ERRNO.EOPNOTSUPP;
  const queue = new FaultQueue();
  const object = context.objects.add<Fault>((id) => ({ id, type: 'fault', users: 1, queue }));
  const out_fault_fd = context.openFile(queue, () => object.users--);
  return ucmd.respond(STRUCT_FAULT_ALLOC, { out_fault_id: object.id, out_fault_fd });
}
