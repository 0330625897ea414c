/** c.5: HWPT_INVALIDATE through raw bytes: checks in their order, and what entry_num comes back as. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { STRUCT_HWPT_INVALIDATE, STRUCT_INVALIDATE_ARM_SMMUV3 } from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import { IOMMU_HWPT_INVALIDATE } from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { allocVste, call, concat, expectErrno, iommufd, nesting } from './setup.ts';
import type { IommufdSetup } from './setup.ts';

const command = (word0: bigint, word1 = 0n): Uint8Array => encodeStruct(STRUCT_INVALIDATE_ARM_SMMUV3, { cmd: [word0, word1] });

interface Ready extends IommufdSetup {
  readonly ids: ReturnType<typeof nesting>;
}

function ready(): Ready {
  const setup = iommufd();
  return { ...setup, ids: nesting(setup) };
}

function invalidate(setup: Ready, entries: Uint8Array, values: object = {}): { readonly result: number; readonly handled: number } {
  const data_uptr = setup.memory.place(entries);
  const all = { hwpt_id: setup.ids.viommu, data_uptr, data_type: 1, entry_len: 16, entry_num: entries.length / 16, ...values };
  const { result, out } = call(setup.iommufd, IOMMU_HWPT_INVALIDATE, STRUCT_HWPT_INVALIDATE, all);
  return { result, handled: out.entry_num };
}

describe('c.5: HWPT_INVALIDATE', () => {
  test('the driver gets the commands as they are, and entry_num is what it handled', () => {
    const setup = ready();
    expect(invalidate(setup, concat(command(0x11n, 7n), command(0xffff_ffff_ffff_ff30n, 0xffff_ffff_ffff_ffffn)))).toEqual({
      result: 0,
      handled: 2,
    });
    expect(setup.driver.of('cacheInvalidateUser')[0]!.args[1]).toEqual([
      [0x11n, 7n],
      [0xffff_ffff_ffff_ff30n, 0xffff_ffff_ffff_ffffn],
    ]);
  });

  test('an error half way: -EIO, and entry_num is the index of the command that failed', () => {
    const setup = ready();
    setup.driver.invalidation = { result: -5, handled: 2 };
    expect(invalidate(setup, concat(...Array.from({ length: 4 }, () => command(0x11n))))).toEqual({ result: -5, handled: 2 });
  });

  const rows: readonly (readonly [row: string, values: object, errno: ErrnoName | 'ok'])[] = [
    ['__reserved', { __reserved: 1 }, 'EOPNOTSUPP'],
    ['__reserved comes first', { __reserved: 1, data_uptr: 0n }, 'EOPNOTSUPP'],
    ['no pointer', { data_uptr: 0n }, 'EINVAL'],
    ['entry_len 0', { entry_len: 0 }, 'EINVAL'],
    ['entry_len above a page', { entry_len: 4097 }, 'EINVAL'],
    ['entry_num above 2^19', { entry_num: (1 << 19) + 1 }, 'EINVAL'],
    ['no such object', { hwpt_id: 99 }, 'ENOENT'],
    ['another data_type', { data_type: 0 }, 'EINVAL'],
    ['entries that are not there', { data_uptr: 0x1000n }, 'EFAULT'],
    ['one entry more than is there', { entry_num: 3 }, 'EFAULT'],
    ['2^19 entries pass the check', { entry_num: 1 << 19 }, 'EFAULT'],
    ['no entries: nothing to do, whatever the rest says', { entry_num: 0, data_uptr: 0n, entry_len: 0, data_type: 9 }, 'ok'],
  ];
  test.each(rows)('%s', (_row, values, errno) => {
    const setup = ready();
    const { result, handled } = invalidate(setup, concat(command(0x11n), command(0x11n)), values);
    expectErrno(result, errno);
    expect([handled, setup.driver.of('cacheInvalidateUser')]).toEqual([0, []]);
  });

  test.each([
    ['a nested HWPT: its commands go to the vIOMMU', (s: Ready) => allocVste(s, s.ids.viommu, [0n, 0n]).id, 'EOPNOTSUPP'],
    ['a paging HWPT', (s: Ready) => s.ids.parent, 'EINVAL'],
    ['an IOAS', (s: Ready) => s.ids.ioas, 'EINVAL'],
  ] as const)('%s', (_row, target, errno) => {
    const setup = ready();
    const { result, handled } = invalidate(setup, command(0x11n), { hwpt_id: target(setup) });
    expectErrno(result, errno);
    expect(handled).toBe(0);
  });

  test('longer entries: what follows a command must be 0', () => {
    const setup = ready();
    const entry = concat(command(0x11n), new Uint8Array(8));
    expect(invalidate(setup, concat(entry, entry), { entry_len: 24, entry_num: 2 })).toEqual({ result: 0, handled: 2 });
    entry[23] = 1;
    expectErrno(invalidate(setup, concat(command(0x11n), new Uint8Array(8), entry), { entry_len: 24, entry_num: 2 }).result, 'E2BIG');
  });

  test('shorter entries: the rest of a command is 0', () => {
    const setup = ready();
    expectErrno(invalidate(setup, command(0x11n, 0x12n), { entry_len: 8, entry_num: 2 }).result, 'ok');
    expect(setup.driver.of('cacheInvalidateUser')[0]!.args[1]).toEqual([
      [0x11n, 0n],
      [0x12n, 0n],
    ]);
  });
});
