/** How the kernel copies structures from a caller, and what it answers when that fails. */
import { ERRNO } from '../../errno.ts';

/** copy_from_user(): bytes [at, at + length), or null (-EFAULT) when the caller's memory ends before. */
export function copyFromUser(user: Uint8Array, at: number, length: number): Uint8Array | null {
  return at + length <= user.length ? user.slice(at, at + length) : null;
}

/** Puts the bytes of a short copy into a structure of the kernel's size; what was not copied is 0. */
export function padded(copied: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(copied.subarray(0, size));
  return bytes;
}

/**
 * copy_struct_from_user(): `userSize` bytes of the caller become `size` bytes of the kernel's. A caller that is older gets
 * zeroes for what it does not know; one that is newer must have zeroes in what the kernel does not know.
 * -EFAULT: the memory is not there. -E2BIG: something is set that this kernel does not know.
 */
export function copyStructFromUser(read: (length: number) => Uint8Array | null, userSize: number, size: number): Uint8Array | number {
  const bytes = read(userSize);
  if (bytes === null) return -ERRNO.EFAULT;
  for (let i = size; i < userSize; i++) if (bytes[i] !== 0) return -ERRNO.E2BIG;
  return padded(bytes, size);
}
