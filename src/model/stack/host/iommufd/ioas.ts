/** IOAS_ALLOC, IOAS_MAP and IOAS_UNMAP. */
import { ERRNO, isErrno } from '../../errno.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_IOAS_MAP_FLAG as FLAG, STRUCT_IOAS_ALLOC, STRUCT_IOAS_MAP, STRUCT_IOAS_UNMAP } from '../../uapi/iommufd/ioas.ts';
import { PROT } from '../driver/types.ts';
import { IoasMappings } from './ioas-mappings.ts';
import type { IommufdContext, Ucmd } from './ucmd.ts';

const FLAGS = FLAG.FIXED_IOVA | FLAG.WRITEABLE | FLAG.READABLE;
const ULONG_MAX = (1n << 64n) - 1n;

export function ioasAlloc(context: IommufdContext, ucmd: Ucmd): number {
  const { flags } = decodeStruct(STRUCT_IOAS_ALLOC, ucmd.bytes);
  if (flags !== 0) return -ERRNO.EOPNOTSUPP;
  const ioas = context.objects.add((id) => ({ id, type: 'ioas', users: 0, mappings: new IoasMappings(context.memory) }));
  return ucmd.respond(STRUCT_IOAS_ALLOC, { out_ioas_id: ioas.id });
}

export function ioasMap(context: IommufdContext, ucmd: Ucmd): number {
  const { flags, ioas_id, __reserved, user_va, length, iova } = decodeStruct(STRUCT_IOAS_MAP, ucmd.bytes);
  if ((flags & ~FLAGS) !== 0 || __reserved !== 0) return -ERRNO.EOPNOTSUPP;
  if (iova === ULONG_MAX || length === ULONG_MAX) return -ERRNO.EOVERFLOW;
  if ((flags & (FLAG.WRITEABLE | FLAG.READABLE)) === 0) return -ERRNO.EINVAL;
  const ioas = context.objects.get(ioas_id, 'ioas');
  if (isErrno(ioas)) return ioas;
  const read = (flags & FLAG.READABLE) === 0 ? 0 : PROT.READ;
  const write = (flags & FLAG.WRITEABLE) === 0 ? 0 : PROT.WRITE;
  const fixed = (flags & FLAG.FIXED_IOVA) !== 0;
  const at = ioas.mappings.map(fixed ? iova : null, user_va, length, PROT.CACHE | read | write);
  return typeof at === 'number' ? at : ucmd.respond(STRUCT_IOAS_MAP, { iova: at });
}

export function ioasUnmap(context: IommufdContext, ucmd: Ucmd): number {
  const { ioas_id, iova, length } = decodeStruct(STRUCT_IOAS_UNMAP, ucmd.bytes);
  const ioas = context.objects.get(ioas_id, 'ioas');
  if (isErrno(ioas)) return ioas;
  const everything = iova === 0n && length === ULONG_MAX;
  if (!everything && (iova === ULONG_MAX || length === ULONG_MAX)) return -ERRNO.EOVERFLOW;
  if (length === 0n) return -ERRNO.EINVAL;
  if (iova + length - 1n > ULONG_MAX) return -ERRNO.EOVERFLOW;
  const unmapped = ioas.mappings.unmap(iova, everything ? length + 1n : length);
  if (typeof unmapped === 'bigint') return ucmd.respond(STRUCT_IOAS_UNMAP, { length: unmapped });
  return everything ? ucmd.respond(STRUCT_IOAS_UNMAP, { length: 0n }) : unmapped;
}
