/**
 * Whatever bytes arrive, an entry point never throws and answers with an errno that is documented for it. 100,000
 * structures each: random bytes, of which the members that decide how far checks go are often made good.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ERRNO } from '../../../src/model/stack/errno.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { FAULT_REGION_INDEX, RESPONSE_REGION_INDEX, VfioDevice } from '../../../src/model/stack/host/vfio/device.ts';
import * as CONTAINER from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import * as DEVICE from '../../../src/model/stack/uapi/vfio-v16/device.ts';
import * as IOMMUFD from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { STRUCT_FAULT_ALLOC, STRUCT_VEVENTQ_ALLOC } from '../../../src/model/stack/uapi/iommufd/events.ts';
import * as CDEV from '../../../src/model/stack/uapi/iommufd/vfio-cdev.ts';
import { VfioCdev } from '../../../src/model/stack/host/iommufd/vfio-cdev.ts';
import { device } from './recording-driver.ts';
import { call, expectErrno, iommufd, nesting, vfio } from './setup.ts';

const STRUCTS = 100_000;

/** xorshift32: the same structures in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A byte position, its width, and the values that get a structure past a check. */
type Good = readonly (readonly [at: number, width: 1 | 2 | 4, values: readonly number[]])[];

/** Random bytes, a third of them 0; structures are cut out of it. */
const POOL = ((random) => Uint8Array.from({ length: 1 << 16 }, () => (random(3) === 0 ? 0 : random(256))))(generator(1));

/** `size` random bytes at most; each good value is put in three times of four. */
function structure(random: (below: number) => number, size: number, good: Good): Uint8Array {
  const at = random(POOL.length - size);
  const bytes = POOL.slice(at, at + (random(8) === 0 ? random(size) : size));
  for (const [place, width, values] of good) {
    if (random(4) === 0 || place + width > bytes.length) continue;
    const value = values[random(values.length)]!;
    for (let i = 0; i < width; i++) bytes[place + i] = (value >>> (8 * i)) & 255;
  }
  return bytes;
}

/** Runs an entry point on all structures: the results that came, by name, and how often. */
function survey(
  size: number,
  good: Good,
  call: (bytes: Uint8Array, random: (below: number) => number) => number,
  structs = STRUCTS,
): Map<string, number> {
  const random = generator(size * 2654435761 + good.length);
  const counts = new Map<number, number>();
  for (let i = 0; i < structs; i++) {
    const result = call(structure(random, size, good), random);
    counts.set(result, (counts.get(result) ?? 0) + 1);
  }
  const names = new Map(Object.entries(ERRNO).map(([name, number]) => [-number, name]));
  return new Map([...counts].map(([result, count]) => [result === 0 ? 'ok' : (names.get(result) ?? String(result)), count]));
}

const expectOnly = (counts: Map<string, number>, ...names: readonly (ErrnoName | 'ok')[]): void =>
  expect([...counts.keys()].sort()).toEqual([...names].sort());

describe('random structures', () => {
  test('VFIO_IOMMU_SET_PASID_TABLE', () => {
    const { container, driver } = vfio();
    const good: Good = [
      [0, 4, [40]],
      [4, 4, [1, 2]],
      [8, 4, [32, 24, 40]],
      [12, 4, [1]],
      [24, 4, [1, 2]],
      [29, 1, [0, 1, 2, 3]],
    ];
    const counts = survey(40, good, (bytes) => {
      driver.calls.length = 0;
      return container.ioctl(CONTAINER.VFIO_IOMMU_SET_PASID_TABLE, bytes);
    });
    expectOnly(counts, 'ok', 'EFAULT', 'EINVAL');
  });

  test('VFIO_IOMMU_CACHE_INVALIDATE', () => {
    const { container, driver } = vfio();
    const good: Good = [
      [0, 4, [64]],
      [4, 4, [0]],
      [8, 4, [56, 32, 16]],
      [12, 4, [1]],
      [16, 1, [1, 2, 3, 7]],
      [17, 1, [0, 1, 2, 3]],
      [18, 2, [0]],
      [20, 4, [0]],
      [24, 4, [1, 2, 3, 4, 7]],
    ];
    const counts = survey(64, good, (bytes) => {
      driver.calls.length = 0;
      return container.ioctl(CONTAINER.VFIO_IOMMU_CACHE_INVALIDATE, bytes);
    });
    expectOnly(counts, 'ok', 'EFAULT', 'EINVAL');
  });

  test('VFIO_IOMMU_MAP_DMA and UNMAP_DMA', () => {
    const { container, driver } = vfio();
    const map: Good = [
      [0, 4, [32]],
      [4, 4, [1, 2, 3]],
      [8, 4, [0, 0x1000]],
      [12, 4, [0x5555]],
      [16, 4, [0, 0x1000, 0x4000]],
      [20, 4, [0]],
      [24, 4, [0x1000, 0x8000, 0x20_0000]],
      [28, 4, [0]],
    ];
    const unmap: Good = [
      [0, 4, [24]],
      [4, 4, [0, 2]],
      [8, 4, [0, 0x1000, 0x4000]],
      [12, 4, [0]],
      [16, 4, [0, 0x1000, 0x8000]],
      [20, 4, [0]],
    ];
    expectOnly(
      survey(32, map, (bytes, random) => {
        driver.calls.length = 0;
        if (random(16) === 0) container.ioctl(CONTAINER.VFIO_IOMMU_UNMAP_DMA, structure(random, 24, unmap));
        return container.ioctl(CONTAINER.VFIO_IOMMU_MAP_DMA, bytes);
      }),
      'ok',
      'EFAULT',
      'EINVAL',
      'EEXIST',
    );
    expectOnly(
      survey(24, unmap, (bytes) => container.ioctl(CONTAINER.VFIO_IOMMU_UNMAP_DMA, bytes)),
      'ok',
      'EFAULT',
      'EINVAL',
    );
  });

  test('ioctls and regions of a VFIO device', () => {
    const setup = vfio();
    const vdev = new VfioDevice({ ...setup, signal: () => undefined });
    expectErrno(vdev.open(), 'ok');
    const head: Good = [
      [0, 4, [20, 24, 32, 64, 256]],
      [4, 4, [1 | 32, 2 | 32, 4 | 32, 4 | 8]],
      [8, 4, [0, 5, 9, 10]],
      [12, 4, [0]],
      [16, 4, [0, 1]],
    ];
    expectOnly(
      survey(128, head, (bytes) => vdev.ioctl(DEVICE.VFIO_DEVICE_GET_REGION_INFO, bytes)),
      'ok',
      'EFAULT',
      'EINVAL',
    );
    expectOnly(
      survey(64, head, (bytes) => vdev.ioctl(DEVICE.VFIO_DEVICE_GET_IRQ_INFO, bytes)),
      'ok',
      'EFAULT',
      'EINVAL',
    );
    expectOnly(
      survey(24, head, (bytes) => vdev.ioctl(DEVICE.VFIO_DEVICE_SET_IRQS, bytes)),
      'ok',
      'EFAULT',
      'EINVAL',
      'ENOTTY',
    );
    const write = (index: number, structs: number): Map<string, number> =>
      survey(
        4,
        [
          [0, 2, [0, 1, 511, 512]],
          [2, 2, [0]],
        ],
        (bytes, random) => {
          const result = vdev.writeRegion(index, random(4) === 0 ? random(1 << 16) : 0, bytes);
          return result === 4 ? 0 : result;
        },
        structs,
      );
    expectOnly(write(FAULT_REGION_INDEX, STRUCTS), 'ok', 'EINVAL');
    // Fewer: each of them makes the kernel take up to 511 responses.
    expectOnly(write(RESPONSE_REGION_INDEX, STRUCTS / 50), 'ok', 'EINVAL');
  });

  test('page responses in the response region: taken one by one, whatever they say', () => {
    const setup = vfio();
    const vdev = new VfioDevice({ ...setup, signal: () => undefined });
    expectErrno(vdev.open(), 'ok');
    const entries = vdev.mapRegion(RESPONSE_REGION_INDEX, 4096, 512 * 24);
    if (typeof entries === 'number') throw new Error(`mmap gave ${entries}`);
    const good: Good = [
      [0, 4, [24, 20]],
      [4, 4, [1, 2]],
      [8, 4, [0, 1]],
      [20, 4, [0, 1, 2, 3]],
    ];
    let tail = 0;
    let passedOn = 0;
    const counts = survey(24, good, (bytes) => {
      setup.driver.calls.length = 0;
      entries.set(bytes, tail * 24);
      tail = (tail + 1) % 512;
      const result = vdev.writeRegion(RESPONSE_REGION_INDEX, 0, Uint8Array.of(tail & 255, tail >> 8, 0, 0));
      passedOn += setup.driver.of('pageResponse').length;
      return result === 4 ? 0 : result;
    });
    expectOnly(counts, 'ok');
    // Nothing is stalled, so that no response belongs to anything.
    expect(passedOn).toBe(0);
  });

  test('BIND_IOMMUFD, ATTACH_IOMMUFD_PT and DETACH_IOMMUFD_PT', () => {
    const setup = iommufd();
    const { parent } = nesting(setup);
    const cdev = new VfioCdev({ ...setup, device: device('b', 9), iommufdOf: (fd) => (fd === 5 ? setup.iommufd : null) });
    const good: Good = [
      [0, 4, [8, 12, 16]],
      [4, 4, [0]],
      [8, 4, [5, parent]],
    ];
    const trim = (): void => void (setup.driver.calls.length = 0);
    const bind = survey(16, good, (bytes) => {
      trim();
      const result = cdev.ioctl(CDEV.VFIO_DEVICE_BIND_IOMMUFD, bytes);
      if (result === 0) cdev.close();
      return result;
    });
    expectOnly(bind, 'ok', 'EFAULT', 'EINVAL', 'EBADF');
    expectErrno(cdev.ioctl(CDEV.VFIO_DEVICE_BIND_IOMMUFD, encodeStruct(CDEV.STRUCT_BIND_IOMMUFD, { argsz: 16, iommufd: 5 })), 'ok');
    const attach = survey(12, good, (bytes, random) => {
      trim();
      if (random(2) === 0) cdev.ioctl(CDEV.VFIO_DEVICE_DETACH_IOMMUFD_PT, structure(random, 8, good.slice(0, 2)));
      return cdev.ioctl(CDEV.VFIO_DEVICE_ATTACH_IOMMUFD_PT, bytes);
    });
    expectOnly(attach, 'ok', 'EFAULT', 'EINVAL', 'ENOENT');
    expectOnly(survey(8, good.slice(0, 2), (bytes) => cdev.ioctl(CDEV.VFIO_DEVICE_DETACH_IOMMUFD_PT, bytes)), 'ok', 'EFAULT', 'EINVAL');
  });

  test('answers to the file of a fault queue, and to that of a vEVENTQ, which takes none', () => {
    const setup = iommufd();
    const { viommu } = nesting(setup);
    const file = call(setup.iommufd, IOMMUFD.IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC, {}).out.out_fault_fd;
    const events = call(setup.iommufd, IOMMUFD.IOMMU_VEVENTQ_ALLOC, STRUCT_VEVENTQ_ALLOC, { viommu_id: viommu, type: 1, veventq_depth: 4 }).out.out_veventq_fd;
    const good: Good = [
      [0, 4, [1, 2]],
      [4, 4, [0, 1]],
    ];
    const write = (fd: number) => survey(8, good, (bytes) => Math.min(setup.iommufd.writeFile(fd, bytes), 0));
    // A write of no bytes is taken.
    expectOnly(write(file), 'ok', 'EINVAL', 'ESPIPE');
    expectOnly(write(events), 'EINVAL');
    expectOnly(survey(8, good, (bytes) => Math.min(setup.iommufd.writeFile(bytes[0]! + 1000, bytes), 0), 1000), 'EBADF');
  });

  test('every ioctl is among them', () => {
    const text = readFileSync(fileURLToPath(import.meta.url), 'utf8');
    const numbers = [...Object.keys(CONTAINER), ...Object.keys(DEVICE), ...Object.keys(IOMMUFD), ...Object.keys(CDEV)];
    const ioctls = numbers.filter((name) => /^(VFIO_IOMMU_(MAP|UNMAP|SET|CACHE)|VFIO_DEVICE_|IOMMU_(?!.*FLAG))/.test(name));
    expect(ioctls.length).toBeGreaterThan(20);
    expect(ioctls.filter((name) => !new RegExp(`\\b(CONTAINER|DEVICE|IOMMUFD|CDEV)\\.${name}\\b`).test(text))).toEqual([]);
  });

  const ENTRY_POINTS: readonly (readonly [name: string, cmd: number, size: number, good: Good, errnos: readonly (ErrnoName | 'ok')[]])[] = [
    [
      'IOAS_ALLOC',
      IOMMUFD.IOMMU_IOAS_ALLOC,
      16,
      [
        [0, 4, [12, 16]],
        [4, 4, [0]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'E2BIG'],
    ],
    [
      'IOAS_MAP',
      IOMMUFD.IOMMU_IOAS_MAP,
      40,
      [
        [0, 4, [40]],
        [4, 4, [1, 3, 6, 7]],
        [8, 4, [1, 2]],
        [12, 4, [0]],
        [16, 4, [0]],
        [20, 4, [0x5555]],
        [24, 4, [0x1000, 0]],
        [28, 4, [0]],
        [32, 4, [0x1000, 0xffff_ffff]],
        [36, 4, [0, 0xffff_ffff]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT', 'EEXIST', 'ENOSPC', 'EOVERFLOW'],
    ],
    [
      'IOAS_UNMAP',
      IOMMUFD.IOMMU_IOAS_UNMAP,
      24,
      [
        [0, 4, [24]],
        [4, 4, [2]],
        [8, 4, [0, 0x1000]],
        [12, 4, [0, 0xffff_ffff]],
        [16, 4, [0, 0x1000, 0xffff_ffff]],
        [20, 4, [0, 0xffff_ffff]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'ENOENT', 'EOVERFLOW'],
    ],
    [
      'HWPT_ALLOC',
      IOMMUFD.IOMMU_HWPT_ALLOC,
      48,
      [
        [0, 4, [48, 40, 24]],
        [4, 4, [0, 1, 4, 8, 2]],
        [8, 4, [1]],
        [12, 4, [2, 3, 4]],
        [20, 4, [0]],
        [24, 4, [0, 2]],
        [28, 4, [0, 16]],
        [32, 4, [0x1000]],
        [36, 4, [0x7f00]],
        [40, 4, [5]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT'],
    ],
    [
      'GET_HW_INFO',
      IOMMUFD.IOMMU_GET_HW_INFO,
      40,
      [
        [0, 4, [40]],
        [4, 4, [0, 1]],
        [8, 4, [1]],
        [12, 4, [0, 8, 40, 64]],
        [16, 4, [0]],
        [20, 4, [0x7f00]],
        [24, 4, [0, 1, 2]],
        [28, 4, [0]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT'],
    ],
    [
      'HWPT_INVALIDATE',
      IOMMUFD.IOMMU_HWPT_INVALIDATE,
      32,
      [
        [0, 4, [32]],
        [4, 4, [2, 3, 4]],
        [8, 4, [0]],
        [12, 4, [0x7f00]],
        [16, 4, [1]],
        [20, 4, [16, 24, 8]],
        [24, 4, [0, 1, 2, 5]],
        [28, 4, [0]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT', 'E2BIG'],
    ],
    [
      'FAULT_QUEUE_ALLOC',
      IOMMUFD.IOMMU_FAULT_QUEUE_ALLOC,
      16,
      [
        [0, 4, [16]],
        [4, 4, [0]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP'],
    ],
    [
      'VIOMMU_ALLOC',
      IOMMUFD.IOMMU_VIOMMU_ALLOC,
      40,
      [
        [0, 4, [40, 24]],
        [4, 4, [0]],
        [8, 4, [1, 2]],
        [12, 4, [1]],
        [16, 4, [2, 3]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT'],
    ],
    [
      'VDEVICE_ALLOC',
      IOMMUFD.IOMMU_VDEVICE_ALLOC,
      24,
      [
        [0, 4, [24]],
        [4, 4, [4]],
        [8, 4, [1]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'ENOENT', 'EEXIST'],
    ],
    [
      'VEVENTQ_ALLOC',
      IOMMUFD.IOMMU_VEVENTQ_ALLOC,
      32,
      [
        [0, 4, [32]],
        [4, 4, [0]],
        [8, 4, [4]],
        [12, 4, [1, 2]],
        [16, 4, [1, 0, 64]],
        [28, 4, [0]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT', 'EEXIST'],
    ],
    [
      'HW_QUEUE_ALLOC',
      IOMMUFD.IOMMU_HW_QUEUE_ALLOC,
      40,
      [
        [0, 4, [40]],
        [4, 4, [0]],
        [8, 4, [4]],
        [12, 4, [1]],
        [36, 4, [0, 0xffff_ffff]],
      ],
      ['EFAULT', 'EINVAL', 'EOPNOTSUPP', 'ENOENT', 'EOVERFLOW'],
    ],
    [
      'DESTROY',
      IOMMUFD.IOMMU_DESTROY,
      8,
      [
        [0, 4, [8]],
        [4, 4, [1, 2, 3, 4]],
      ],
      ['ok', 'EFAULT', 'EINVAL', 'ENOENT', 'EBUSY'],
    ],
  ];

  test.each(ENTRY_POINTS)('IOMMU_%s', (_name, cmd, size, good, errnos) => {
    const make = (): ReturnType<typeof iommufd> => {
      const setup = iommufd();
      nesting(setup);
      setup.iommufd.attach(setup.deviceId, 3);
      // Something to point to, with zeroes and without.
      setup.memory.place(Uint8Array.from({ length: 4096 }, (_, i) => (i < 40 ? 0 : i)));
      return setup;
    };
    let setup = make();
    let ids = new Set([...setup.iommufd.objects.all()].map(({ id }) => id));
    const counts = survey(size, good, (bytes) => {
      const result = setup.iommufd.ioctl(cmd, bytes);
      // Objects that were made would pile up, and calls with them.
      if (ids.size + 64 < [...setup.iommufd.objects.all()].length || setup.driver.calls.length > 2000) {
        setup = make();
        ids = new Set([...setup.iommufd.objects.all()].map(({ id }) => id));
      }
      return result;
    });
    expectOnly(counts, ...errnos);
  });
});
