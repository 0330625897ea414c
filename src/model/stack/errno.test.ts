import { describe, expect, test } from 'vitest';
import { ERRNO, errnoText, isErrno } from './errno.ts';

describe('errno', () => {
  test('numbers are those of Linux on arm64', () => {
    expect([ERRNO.ENOENT, ERRNO.EIO, ERRNO.EFAULT, ERRNO.EBUSY, ERRNO.ENODEV, ERRNO.EINVAL, ERRNO.ENOSPC]).toEqual([2, 5, 14, 16, 19, 22, 28]);
    expect([ERRNO.EEXIST, ERRNO.EOVERFLOW, ERRNO.EOPNOTSUPP, ERRNO.ETIMEDOUT]).toEqual([17, 75, 95, 110]);
  });

  test('a result is told in words', () => {
    expect(errnoText(-22)).toBe('-EINVAL (invalid argument)');
    expect(errnoText(0)).toBe('0');
    expect(errnoText(-4095)).toBe('-4095');
  });

  test('an object is no errno', () => {
    expect(isErrno({})).toBe(false);
    expect(isErrno(-22)).toBe(true);
  });
});
