/** Linux error numbers. Functions of the stack return 0 or a negative errno, as the kernel does. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  EINVAL: 22,
  ENOTTY: 25,
  ENOSPC: 28,
  ESPIPE: 29,
  ERANGE: 34,
  ENOSYS: 38,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  EADDRINUSE: 98,
  ETIMEDOUT: 110,
} as const;

export type ErrnoName = keyof typeof ERRNO;

const MEANING: Readonly<Record<ErrnoName, string>> = {
  EPERM: 'operation not permitted',
  ENOENT: 'no such entry',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  E2BIG: 'argument list too long',
  EBADF: 'bad file descriptor',
  EAGAIN: 'try again',
  ENOMEM: 'out of memory',
  EFAULT: 'bad address',
  EBUSY: 'device or resource busy',
  EEXIST: 'exists already',
  EXDEV: 'cross-device link',
  ENODEV: 'no such device',
  EINVAL: 'invalid argument',
  ENOTTY: 'no such ioctl',
  ENOSPC: 'no space left',
  ESPIPE: 'illegal seek',
  ERANGE: 'out of range',
  ENOSYS: 'not implemented',
  EOVERFLOW: 'value too large',
  EOPNOTSUPP: 'operation not supported',
  EADDRINUSE: 'address in use',
  ETIMEDOUT: 'timed out',
};

const NAMES = new Map<number, ErrnoName>((Object.keys(ERRNO) as ErrnoName[]).map((name) => [ERRNO[name], name]));

/** An object, or a negative errno instead of it: the kernel's ERR_PTR. */
export type OrErrno<T extends object> = T | number;

export const isErrno = (value: object | number): value is number => typeof value === 'number';

/** A result in words: `-EINVAL (invalid argument)` for -22, `0` for 0, the number itself when no name is known. */
export function errnoText(result: number): string {
  const name = NAMES.get(-result);
  return name === undefined ? String(result) : `-${name} (${MEANING[name]})`;
}
