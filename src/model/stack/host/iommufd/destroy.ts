/** IOMMU_DESTROY: -ENOENT for a number that is none, -EBUSY while something holds on to the object. */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { STRUCT_DESTROY } from '../../uapi/iommufd/ioas.ts';
import { destroyVeventq } from './event-queues.ts';
import { destroyHwpt } from './hwpt.ts';
import type { IommufdObject } from './objects.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';
import { buryVdevice } from './viommu.ts';

export function destroy(context: IommufdContext, ucmd: Ucmd): number {
  const { id } = decodeStruct(STRUCT_DESTROY, ucmd.bytes);
  const object = context.objects.any(id);
  if (isErrno(object)) return object;
  if (object.users > 0) return -ERRNO.EBUSY;
  release(context, object);
  return 0;
}

function release(context: IommufdContext, object: IommufdObject): void {
  switch (object.type) {
    case 'hwpt-paging':
    case 'hwpt-nested':
      return destroyHwpt(context, object);
    case 'veventq':
      return destroyVeventq(context, object);
    case 'viommu':
      object.driver.viommuFree(object.viommu);
      object.parent.users--;
      break;
    case 'vdevice':
      buryVdevice(object);
      break;
    case 'fault':
      object.queue.abandon(null);
      break;
    case 'ioas':
    case 'device':
      break;
  }
  context.objects.remove(object);
}
