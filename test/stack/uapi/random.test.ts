/**
 * Whatever bytes arrive, an entry point never throws and answers with an errno that is documented for it. 100,000
 * structures each: random bytes, of which the members that decide how far checks go are often made good.
 */
import { describe, expect, test } from 'vitest';
import { ERRNO } from '../../../src/model/stack/errno.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { FAULT_REGION_INDEX, RESPONSE_REGION_INDEX, VfioDevice } from '../../../src/model/stack/host/vfio/device.ts';
import * as CONTAINER from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import * as DEVICE from '../../../src/model/stack/uapi/vfio-v16/device.ts';
import * as IOMMUFD from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { expectErrno, iommufd, nesting, vfio } from './setup.ts';

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
    // Fewer: a write to the response region answers up to 511 responses.
    const write = (index: number): Map<string, number> =>
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
        STRUCTS / 50,
      );
    for (const index of [FAULT_REGION_INDEX, RESPONSE_REGION_INDEX]) expectOnly(write(index), 'ok', 'EINVAL');
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
