/** Vendor data behind a pointer: copied as the core does it for drivers. */
import { ERRNO } from '../../errno.ts';
import type { UserMemory } from '../../uapi/user-memory.ts';
import { copyStructFromUser } from '../core/user-copy.ts';

/** iommu_copy_struct_from_user(): -EINVAL for another type or length, -EFAULT when the memory is not there. */
export function copyUserData(
  memory: UserMemory,
  data: { readonly type: number; readonly uptr: bigint; readonly length: number },
  type: number,
  size: number,
): Uint8Array | number {
  if (data.type !== type || data.length !== size) return -ERRNO.EINVAL;
  return memory.read(data.uptr, size) ?? -ERRNO.EFAULT;
}

export interface UserArray {
  readonly type: number;
  readonly uptr: bigint;
  readonly entryLength: number;
  readonly entries: number;
}

/**
 * iommu_copy_struct_from_full_user_array(): all entries at the kernel's size, one after another. -EINVAL for another
 * type, -EFAULT when memory is not there, -E2BIG when an entry is longer and has something in what is not known.
 */
export function copyUserArray(memory: UserMemory, array: UserArray, type: number, size: number): Uint8Array | number {
  if (array.type !== type) return -ERRNO.EINVAL;
  if (array.entryLength === size) return memory.read(array.uptr, size * array.entries) ?? -ERRNO.EFAULT;
  const bytes = new Uint8Array(size * array.entries);
  for (let i = 0; i < array.entries; i++) {
    const at = array.uptr + BigInt(i * array.entryLength);
    const entry = copyStructFromUser((length) => memory.read(at, length), array.entryLength, size);
    if (typeof entry === 'number') return entry;
    bytes.set(entry, i * size);
  }
  return bytes;
}
