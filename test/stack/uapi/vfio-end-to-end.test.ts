/** From the bytes of a VMM to STEs and commands of the physical SMMU, and from its events back into the ring: a.5, a.7, a.8. */
import { describe, expect, test } from 'vitest';
import { FAULT_REGION_INDEX, RESPONSE_REGION_INDEX, VfioDevice } from '../../../src/model/stack/host/vfio/device.ts';
import { VfioContainer } from '../../../src/model/stack/host/vfio/container.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import type { HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { IOMMU_CACHE_INVALIDATE_INFO_ADDR as INFO } from '../../../src/model/stack/uapi/vfio-v16/cache-invalidate.ts';
import {
  VFIO_DMA_MAP,
  VFIO_IOMMU_CACHE_INVALIDATE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_SET_PASID_TABLE,
} from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { IOMMU_PAGE_RESPONSE, decodeFault } from '../../../src/model/stack/uapi/vfio-v16/fault.ts';
import { device as makeDevice } from './recording-driver.ts';
import { ID, RealHost, VM_PA } from './real-host.ts';
import type { RealHostOptions } from './real-host.ts';
import { RAM_PTR, cacheInvalidate, expectErrno, setPasidTable } from './setup.ts';

const DEVICE = makeDevice('0000:00:04.0', 0x20);
const NESTING = 6;
const ABORT_STE = '0000000000000001';
const S2_STE = '000000000000000d';

interface Ready {
  readonly host: RealHost;
  readonly container: VfioContainer;
  readonly devices: readonly HostDevice[];
}

function ready(
  devices: readonly HostDevice[] = [DEVICE],
  type = NESTING,
  options: RealHostOptions = {},
): Ready & { readonly result: number } {
  const host = new RealHost(options);
  for (const one of devices) expectErrno(host.driver.probeDevice(one), 'ok');
  const container = new VfioContainer({ memory: host.memory, journal: host.journal });
  container.addGroup({ driver: host.driver, devices });
  const result = container.setIommu(type);
  host.mark();
  return { host, container, devices, result };
}

const set = ({ container }: Ready, config: Parameters<typeof setPasidTable>[0] = {}): number =>
  container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable(config));
const unset = ({ container }: Ready): number => container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable({}, { flags: 2 }));

describe('a.5 through SET_PASID_TABLE', () => {
  test('row 2: version 2 does not pass the core (a.1 row 4)', () => expectErrno(set(ready(), { version: 2 }), 'EINVAL'));
  test('row 1: format is not SMMUV3', () => expectErrno(set(ready(), { format: 2 }), 'EINVAL'));
  test('row 2: smmuv3.version is not 1', () => expectErrno(set(ready(), { smmuv3_version: 2 }), 'EINVAL'));
  test('row 3: no device was ever attached', () => expectErrno(set(ready([])), 'EINVAL'));
  test('row 4: the stage is not NESTED', () => expectErrno(set(ready([DEVICE], 3)), 'EINVAL'));

  test('row 5: ABORT', () => {
    const setup = ready();
    expectErrno(set(setup, { config: 3 }), 'ok');
    expect([setup.host.ste(DEVICE)[0], setup.host.names()]).toEqual([ABORT_STE, ['CFGI_STE', 'SYNC']]);
  });

  test('row 6: BYPASS is stage 2 only, not a bypass of the SMMU; pasid_bits is not looked at', () => {
    const setup = ready();
    expectErrno(set(setup, { config: 3 }), 'ok');
    expectErrno(set(setup, { config: 2, pasid_bits: 5 }), 'ok');
    expect(setup.host.ste(DEVICE)[0]).toBe(S2_STE);
  });

  test('row 7: no change from one CD table to another, and the old one stays', () => {
    const setup = ready();
    expectErrno(set(setup), 'ok');
    const before = setup.host.ste(DEVICE);
    setup.host.mark();
    expectErrno(set(setup, { base_ptr: 0x1000n }), 'EINVAL');
    expect([setup.host.ste(DEVICE), setup.host.names()]).toEqual([before, []]);
  });

  test('row 8: TRANSLATE with pasid_bits', () => expectErrno(set(ready(), { pasid_bits: 1 }), 'EINVAL'));

  test('row 9: TRANSLATE: the golden words 0 and 1, and the commands of a.4 from a live STE', () => {
    const setup = ready();
    expectErrno(set(setup), 'ok');
    expect(setup.host.ste(DEVICE).slice(0, 2)).toEqual(['000000084567804f', '00000000080000d6']);
    expect(setup.host.names()).toEqual(['CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'CFGI_STE', 'SYNC', 'PREFETCH_CONFIG']);
  });

  test('row 10: another config does not pass the core', () => expectErrno(set(ready(), { config: 4 }), 'EINVAL'));

  test('base_ptr loses its low and its high bits on the way into the STE', () => {
    const setup = ready();
    expectErrno(set(setup, { base_ptr: 0xffff_0000_0000_107fn }), 'ok');
    expect(setup.host.ste(DEVICE)[0]).toBe('000f00000000104f');
  });

  test('UNSET is stage 2 only again; every device of the container gets its STE', () => {
    const devices = [DEVICE, makeDevice('0000:00:05.0', 0x28)];
    const setup = ready(devices);
    expectErrno(set(setup), 'ok');
    expect(devices.map((one) => setup.host.ste(one)[0])).toEqual(['000000084567804f', '000000084567804f']);
    expectErrno(unset(setup), 'ok');
    expect(devices.map((one) => setup.host.ste(one)[0])).toEqual([S2_STE, S2_STE]);
  });

  test('a device that comes later gets the nested STE at once', () => {
    const setup = ready();
    set(setup);
    const late = makeDevice('0000:00:06.0', 0x30);
    setup.host.driver.probeDevice(late);
    expectErrno(setup.container.addGroup({ driver: setup.host.driver, devices: [late] }), 'ok');
    expect([setup.container.domains.length, setup.host.ste(late)[0]]).toEqual([1, '000000084567804f']);
  });
});

type Info = Parameters<typeof encodeStruct<typeof INFO>>[1];
const invalidate = ({ container }: Ready, info: Info): number =>
  container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, cacheInvalidate(encodeStruct(INFO, { argsz: 56, version: 1, cache: 1, ...info })));

const ADDR = { granularity: 2, flags: 2, archid: 5, addr: 0x1000n, granule_size: 0x1000n, nb_granules: 1n };
/** No VMID: every VM's entries, and the host's. */
const GLOBAL = '0000000000000030 0000000000000000';

describe('a.7 through CACHE_INVALIDATE', () => {
  const rows: readonly (readonly [row: string, info: Info, errno: ErrnoName | 'ok', commands: readonly string[]])[] = [
    ['row 3: version 2 does not pass the core', { ...ADDR, version: 2 }, 'EINVAL', []],
    ['row 4: the PASID cache', { granularity: 1, cache: 4, flags: 2 }, 'ENOENT', []],
    ['row 4: DEV_IOTLB', { ...ADDR, cache: 2 }, 'ENOENT', []],
    ['row 4: DEV_IOTLB beside IOTLB', { ...ADDR, cache: 3 }, 'ENOENT', []],
    ['row 5: no IOTLB', { ...ADDR, cache: 0 }, 'EINVAL', []],
    ['PASID: flag PASID', { granularity: 1, flags: 3 }, 'ENOENT', []],
    ['PASID: no ARCHID', { granularity: 1, flags: 0 }, 'EINVAL', []],
    ['PASID: ARCHID', { granularity: 1, flags: 2, archid: 5 }, 'ok', ['0005000100000011 0000000000000000']],
    ['ADDR: flag PASID', { ...ADDR, flags: 3 }, 'ENOENT', []],
    ['ADDR: granule 0', { ...ADDR, granule_size: 0n }, 'EINVAL', []],
    ['ADDR: a granule of two bits', { ...ADDR, granule_size: 0x3000n }, 'EINVAL', []],
    ['ADDR: a granule the SMMU does not have', { ...ADDR, granule_size: 0x2000n }, 'EINVAL', []],
    ['ADDR: no granules', { ...ADDR, nb_granules: 0n }, 'EINVAL', []],
    ['ADDR: the size wraps to 0', { ...ADDR, nb_granules: 1n << 52n }, 'EINVAL', []],
    ['another granularity does not pass the core', { ...ADDR, granularity: 3 }, 'EINVAL', []],
    ['subtlety 7: an invalidation of neither granule nor number is refused', { ...ADDR, granule_size: 0n, nb_granules: 0n }, 'EINVAL', []],
    ['ADDR: ok', ADDR, 'ok', ['0005000100000012 0000000000001700']],
    ['ADDR: ok, leaf', { ...ADDR, flags: 6 }, 'ok', ['0005000100000012 0000000000001701']],
  ];
  test.each(rows)('%s', (_row, info, errno, commands) => {
    const setup = ready();
    expectErrno(invalidate(setup, info), errno);
    expect(setup.host.commands()).toEqual(commands);
  });

  test.each([
    ['DOMAIN', { granularity: 0 }],
    ['ADDR without ARCHID: granule and size are not looked at', { ...ADDR, flags: 0, granule_size: 3n }],
  ] as const)('%s: the global flush, one TLBI_NSNH_ALL', (_row, info) => {
    const setup = ready();
    expectErrno(invalidate(setup, info), 'ok');
    expect(setup.host.commands()).toEqual([GLOBAL]);
  });

  test('row 1: the stage is not NESTED', () => expectErrno(invalidate(ready([DEVICE], 3), ADDR), 'EINVAL'));

  test('a container without devices invalidates nothing, without error: the driver (row 2) is not even asked', () => {
    expectErrno(invalidate(ready([]), ADDR), 'ok');
  });

  test('subtlety 1: archid -1 becomes TLBI_S2_IPA with an IOVA', () => {
    const setup = ready();
    expectErrno(invalidate(setup, { ...ADDR, archid: 0xffff_ffff }), 'ok');
    expect(setup.host.names()).toEqual(['TLBI_S2_IPA', 'SYNC']);
  });

  test('subtlety 4: two devices, twice the same TLBI', () => {
    const setup = ready([DEVICE, makeDevice('0000:00:05.0', 0x28)]);
    expectErrno(invalidate(setup, ADDR), 'ok');
    expect(setup.host.names()).toEqual(['TLBI_NH_VA', 'SYNC', 'TLBI_NH_VA', 'SYNC']);
  });
});

test('a linear stream table for 32 bits of StreamID is more than there is: the driver does not probe, -ENOMEM', () => {
  const ST_LEVEL = 3 << 27;
  expect(() => new RealHost({ id: { ...ID, IDR0: ID.IDR0 & ~ST_LEVEL } })).toThrow('probe: -12');
});

describe('VFIO_IOMMU_MAP_DMA', () => {
  test('is in the tables of stage 2', () => {
    const { container, host } = ready();
    const map = encodeStruct(VFIO_DMA_MAP, { argsz: 32, flags: 3, vaddr: RAM_PTR, iova: 0x4000_0000n, size: 0x40_0000n });
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, map), 'ok');
    expect(host.driver.iovaToPhys(container.domains[0]!.domain, 0x4012_3456n)).toBe(VM_PA + 0x12_3456n);
  });
});

/** F_TRANSLATION of the device, a read of that address; stage 1, input address. */
const translation = (address: bigint): readonly [bigint, bigint, bigint, bigint] => [
  (0x20n << 32n) | 0x10n,
  (1n << 35n) | (2n << 40n),
  address,
  0n,
];

describe('a.8 from the event queue into the DMA FAULT region', () => {
  function open(
    options: RealHostOptions = {},
    device: HostDevice = DEVICE,
  ): Ready & { readonly vdev: VfioDevice; readonly signals: number[] } {
    const setup = ready([device], NESTING, options);
    const signals: number[] = [];
    const vdev = new VfioDevice({
      ...setup,
      device,
      reports: setup.host.reports,
      journal: setup.host.journal,
      signal: (fd) => signals.push(fd),
    });
    expectErrno(vdev.open(), 'ok');
    return { ...setup, vdev, signals };
  }

  const first = (vdev: VfioDevice): ReturnType<typeof decodeFault> => {
    const bytes = vdev.readRegion(FAULT_REGION_INDEX, 4096, 64);
    return typeof bytes === 'number' ? null : decodeFault(bytes);
  };

  test('F_TRANSLATION is PTE_FETCH with its address', () => {
    const { host, vdev } = open();
    host.raise(translation(0xdead_0000n));
    expect(first(vdev)).toMatchObject({ type: 1, reason: 5, flags: 2, perm: 1, addr: 0xdead_0000n });
    expect(host.dmesg()).toEqual([]);
  });

  test('the ring is full: -ENOSPC, and the event appears in dmesg', () => {
    const { host, vdev } = open();
    for (let i = 0; i < 511; i++) host.raise(translation(0x1000n));
    expect([host.dmesg(), vdev.faultRing?.head]).toEqual([[], 511]);
    host.raise(translation(0x2000n));
    expect(host.dmesg()[0]).toContain('event 0x10 received:');
    expect(vdev.faultRing?.head).toBe(511);
  });

  test('C_BAD_CD: as posted it never leaves the driver, as intended it is BAD_PASID_ENTRY', () => {
    const badCd = [(0x20n << 32n) | 0x0an, 0n, 0n, 0n] as const;
    const posted = open({ as: 'posted' });
    posted.host.raise(badCd);
    expect([posted.vdev.faultRing?.head, posted.host.dmesg().length]).toEqual([0, 5]);
    const intended = open({ as: 'intended' });
    intended.host.raise(badCd);
    expect(first(intended.vdev)).toMatchObject({ type: 1, reason: 2 });
  });

  /** Slot 0 of the response region, and head on to 1. */
  function respond(vdev: VfioDevice, grpid: number, code: number): void {
    const pages = vdev.mapRegion(RESPONSE_REGION_INDEX, 4096, 4096);
    if (typeof pages === 'number') throw new Error(`mmap gave ${pages}`);
    pages.set(encodeStruct(IOMMU_PAGE_RESPONSE, { argsz: 24, version: 1, grpid, code }));
    expect(vdev.writeRegion(RESPONSE_REGION_INDEX, 0, Uint8Array.of(1, 0, 0, 0))).toBe(4);
  }

  const STALLED = [(0x20n << 32n) | 0x10n, (1n << 31n) | 7n, 0x5000n, 0n] as const;

  test.each([
    ['SUCCESS: retry', 0, ['0000002000001044 0000000000000007']],
    ['INVALID: abort', 1, ['0000002000002044 0000000000000007']],
    ['FAILURE: abort', 2, ['0000002000002044 0000000000000007']],
    ['another code: -EINVAL, told to nobody', 3, []],
  ] as const)('a stalled transaction is answered with %s; no CMD_SYNC follows', (_row, code, commands) => {
    const { host, vdev } = open({}, { ...DEVICE, canStall: true });
    host.raise(STALLED);
    expect(first(vdev)).toMatchObject({ type: 2, flags: 2, grpid: 7, addr: 0x5000n });
    host.mark();
    respond(vdev, 7, code);
    expect([host.commands(), host.names()]).toEqual([commands, commands.map(() => 'RESUME')]);
  });

  test('a device that does not stall: -ENODEV, told to nobody', () => {
    const { host, vdev } = open();
    expectErrno(host.reports.reportDeviceFault(DEVICE, { type: 2, flags: 2, pasid: 0, grpid: 7, perm: 1, addr: 0n }), 'ok');
    host.mark();
    respond(vdev, 7, 0);
    expect([host.names(), host.journal.records.some(({ result }) => result === -19)]).toEqual([[], true]);
  });

  test('without an open device nobody is registered: dmesg', () => {
    const { host } = ready();
    host.raise(translation(0n));
    expect(host.dmesg()).toHaveLength(5);
  });
});
