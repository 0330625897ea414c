/** b.1: the container. Heads of the two ioctls, loops over domains and devices, and mappings. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import type { HostDriver } from '../../../src/model/stack/host/driver/types.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import { IOMMU_CACHE_INVALIDATE_INFO } from '../../../src/model/stack/uapi/vfio-v16/cache-invalidate.ts';
import {
  VFIO_DMA_MAP,
  VFIO_DMA_UNMAP,
  VFIO_IOMMU_CACHE_INVALIDATE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_SET_PASID_TABLE,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SET_IOMMU,
} from '../../../src/model/stack/uapi/vfio-v16/container.ts';
import { VfioContainer } from '../../../src/model/stack/host/vfio/container.ts';
import { StackJournal } from '../../../src/model/stack/journal.ts';
import { RecordingDriver, device } from './recording-driver.ts';
import { RAM_BASE, RAM_PTR, cacheInvalidate, expectErrno, setPasidTable, userSpace, vfio } from './setup.ts';

const flush = (head = {}): Uint8Array =>
  cacheInvalidate(encodeStruct(IOMMU_CACHE_INVALIDATE_INFO, { argsz: 56, version: 1, cache: 1 }), head);

/** Two SMMUs: two domains in one container. */
function twoDomains(): { readonly first: RecordingDriver; readonly second: RecordingDriver; readonly container: VfioContainer } {
  const [first, second] = [new RecordingDriver(), new RecordingDriver()];
  const { container } = vfio([
    { driver: first, devices: [device('a', 1)] },
    { driver: second, devices: [device('b', 2)] },
  ]);
  return { first, second, container };
}

const ops = (driver: RecordingDriver, ...wanted: (keyof HostDriver)[]): (keyof HostDriver)[] =>
  driver.calls.map(({ op }) => op).filter((op) => wanted.includes(op));

describe('b.1: VFIO_IOMMU_SET_PASID_TABLE', () => {
  const rows: readonly (readonly [row: string, head: { argsz?: number; flags?: number }, length: number, errno: ErrnoName | 'ok'])[] = [
    ['7 bytes are there', {}, 7, 'EFAULT'],
    ['argsz 7', { argsz: 7 }, 40, 'EINVAL'],
    ['argsz 8 passes: the configuration has its own', { argsz: 8 }, 40, 'ok'],
    ['no flag', { flags: 0 }, 40, 'EINVAL'],
    ['SET and UNSET', { flags: 3 }, 40, 'EINVAL'],
    ['an unknown flag', { flags: 4 }, 40, 'EINVAL'],
    ['SET with an unknown flag', { flags: 5 }, 40, 'EINVAL'],
    ['UNSET needs no configuration', { flags: 2 }, 8, 'ok'],
  ];
  test.each(rows)('%s', (_row, head, length, errno) => {
    expectErrno(vfio().container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable({}, head).slice(0, length)), errno);
  });

  test('SET goes to every domain of the container', () => {
    const { first, second, container } = twoDomains();
    expectErrno(container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable()), 'ok');
    expect([first.of('attachPasidTable').length, second.of('attachPasidTable').length]).toEqual([1, 1]);
  });

  test('an error detaches the domains done already, and only those', () => {
    const { first, second, container } = twoDomains();
    second.answers.attachPasidTable = -22;
    expectErrno(container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable()), 'EINVAL');
    expect(ops(first, 'attachPasidTable', 'detachPasidTable')).toEqual(['attachPasidTable', 'detachPasidTable']);
    expect(ops(second, 'attachPasidTable', 'detachPasidTable')).toEqual(['attachPasidTable']);
  });

  test('UNSET detaches all', () => {
    const { first, second, container } = twoDomains();
    expectErrno(container.ioctl(VFIO_IOMMU_SET_PASID_TABLE, setPasidTable({}, { flags: 2 })), 'ok');
    expect([first.of('detachPasidTable').length, second.of('detachPasidTable').length]).toEqual([1, 1]);
  });
});

describe('b.1: VFIO_IOMMU_CACHE_INVALIDATE', () => {
  const rows: readonly (readonly [row: string, head: { argsz?: number; flags?: number }, length: number, errno: ErrnoName | 'ok'])[] = [
    ['7 bytes are there', {}, 7, 'EFAULT'],
    ['argsz 7', { argsz: 7 }, 64, 'EINVAL'],
    ['argsz 8 passes', { argsz: 8 }, 64, 'ok'],
    ['flags 1', { flags: 1 }, 64, 'EINVAL'],
  ];
  test.each(rows)('%s', (_row, head, length, errno) => {
    expectErrno(vfio().container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, flush(head).slice(0, length)), errno);
  });

  test('each device of the container invalidates again (a.7, subtlety 4)', () => {
    const driver = new RecordingDriver();
    const [a, b, c] = [device('a', 1), device('b', 2), device('c', 3)];
    const { container } = vfio([
      { driver, devices: [a, b] },
      { driver, devices: [c] },
    ]);
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, flush()), 'ok');
    expect(driver.of('cacheInvalidate').map(({ args }) => args[1])).toEqual([a, b, c]);
  });

  test("an error in one domain is hidden by the next domain's success", () => {
    const { first, second, container } = twoDomains();
    first.answers.cacheInvalidate = -2;
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, flush()), 'ok');
    expect(second.of('cacheInvalidate')).toHaveLength(1);
    second.answers.cacheInvalidate = -22;
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, flush()), 'EINVAL');
  });

  test('an error ends its domain: later devices of it are not asked', () => {
    const driver = new RecordingDriver();
    driver.answers.cacheInvalidate = -2;
    const { container } = vfio([{ driver, devices: [device('a', 1), device('b', 2)] }]);
    expectErrno(container.ioctl(VFIO_IOMMU_CACHE_INVALIDATE, flush()), 'ENOENT');
    expect(driver.of('cacheInvalidate')).toHaveLength(1);
  });
});

describe('the container', () => {
  test('VFIO_TYPE1_NESTING_IOMMU makes its domain a nested one, other types do not', () => {
    expect(vfio().container.domains[0]!.domain.stage).toBe('NESTED');
    expect(vfio(undefined, 3).container.domains[0]!.domain.stage).toBe('S1');
  });

  test('groups behind one SMMU share a domain: the second was attached to one of its own for a trial', () => {
    const driver = new RecordingDriver();
    const { container } = vfio([
      { driver, devices: [device('a', 1)] },
      { driver, devices: [device('b', 2)] },
    ]);
    expect(container.domains.map(({ groups }) => groups.length)).toEqual([2]);
    expect(ops(driver, 'attachDev', 'detachDev', 'domainFree')).toEqual(['attachDev', 'attachDev', 'detachDev', 'attachDev', 'domainFree']);
  });

  test('a driver that cannot nest refuses the type, and nothing stays attached', () => {
    const driver = new RecordingDriver();
    driver.answers.enableNesting = -22;
    const container = new VfioContainer({ memory: userSpace(), journal: new StackJournal() });
    container.addGroup({ driver, devices: [device('a', 1)] });
    expectErrno(container.setIommu(6), 'EINVAL');
    expect([container.domains.length, driver.of('domainFree').length]).toEqual([0, 1]);
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, new Uint8Array(32)), 'EINVAL');
  });

  test('a group of which one device cannot be attached is not attached at all', () => {
    const driver = new RecordingDriver();
    const container = new VfioContainer({ memory: userSpace(), journal: new StackJournal() });
    const [good, bad] = [device('a', 1), device('b', 2)];
    driver.attachDev = (_domain, one) => (one === bad ? -22 : 0);
    container.addGroup({ driver, devices: [good, bad] });
    expectErrno(container.setIommu(6), 'EINVAL');
    expect(driver.of('detachDev').map(({ args }) => args[1])).toEqual([good]);
  });

  test('VFIO_SET_IOMMU: not without a group, not twice, not a type there is not', () => {
    const empty = new VfioContainer({ memory: userSpace(), journal: new StackJournal() });
    expectErrno(empty.setIommu(6), 'EINVAL');
    const { container } = vfio();
    expectErrno(container.setIommu(6), 'EINVAL');
    expectErrno(container.ioctl(VFIO_SET_IOMMU, new Uint8Array(8)), 'EINVAL');
    const other = new VfioContainer({ memory: userSpace(), journal: new StackJournal() });
    other.addGroup({ driver: new RecordingDriver(), devices: [device('a', 1)] });
    expectErrno(other.setIommu(2), 'EINVAL');
  });

  test.each([VFIO_IOMMU_MAP_DMA, 0x3b7f])('before VFIO_SET_IOMMU nothing is known, not even 0x%s', (cmd) => {
    const container = new VfioContainer({ memory: userSpace(), journal: new StackJournal() });
    container.addGroup({ driver: new RecordingDriver(), devices: [device('a', 1)] });
    expectErrno(container.ioctl(cmd, mapDma()), 'EINVAL');
  });

  test('b.1: VFIO_IOMMU_SET_MSI_BINDING of v13 is no ioctl of v16', () => {
    expectErrno(vfio().container.ioctl(0x3b78, new Uint8Array(64)), 'ENOTTY');
  });

  test('an ioctl that type 1 does not know', () => {
    expectErrno(vfio().container.ioctl(0x3b7f, new Uint8Array(64)), 'ENOTTY');
  });

  test('a group leaves, the domain stays for the other', () => {
    const driver = new RecordingDriver();
    const [a, b] = [device('a', 1), device('b', 2)];
    const { container, groups } = vfio([
      { driver, devices: [a] },
      { driver, devices: [b] },
    ]);
    const freed = driver.of('domainFree').length;
    expectErrno(container.removeGroup(groups[0]!), 'ok');
    expect([container.domainOf(a), container.domainOf(b)?.groups, driver.of('domainFree').length - freed]).toEqual([null, [groups[1]], 0]);
  });

  test('the last group to leave takes domain and mappings along', () => {
    const { container, driver, groups } = vfio();
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma()), 'ok');
    expectErrno(container.removeGroup(groups[0]!), 'ok');
    expect(ops(driver, 'detachDev', 'unmap', 'domainFree')).toEqual(['detachDev', 'unmap', 'domainFree']);
    expect(container.domains).toEqual([]);
    expectErrno(container.removeGroup(groups[0]!), 'EINVAL');
  });
});

const mapDma = (values = {}): Uint8Array =>
  encodeStruct(VFIO_DMA_MAP, { argsz: 32, flags: 3, vaddr: RAM_PTR, iova: 0x4000_0000n, size: 0x2000n, ...values });
const unmapDma = (values = {}): Uint8Array => encodeStruct(VFIO_DMA_UNMAP, { argsz: 24, iova: 0x4000_0000n, size: 0x2000n, ...values });

describe('VFIO_IOMMU_MAP_DMA and UNMAP_DMA', () => {
  test('the memory behind vaddr is mapped into every domain', () => {
    const { first, second, container } = twoDomains();
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma()), 'ok');
    for (const driver of [first, second])
      expect(driver.of('map').map(({ args }) => args.slice(1))).toEqual([[0x4000_0000n, RAM_BASE, 0x2000n, 7]]);
  });

  test('a domain that comes later gets what is mapped', () => {
    const { container } = vfio();
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma({ flags: 1 })), 'ok');
    const late = new RecordingDriver();
    expectErrno(container.addGroup({ driver: late, devices: [device('late', 9)] }), 'ok');
    expect(late.of('map').map(({ args }) => args.slice(1))).toEqual([[0x4000_0000n, RAM_BASE, 0x2000n, 5]]);
  });

  const rows: readonly (readonly [row: string, values: object, length: number, errno: ErrnoName])[] = [
    ['short memory', {}, 31, 'EFAULT'],
    ['argsz 31', { argsz: 31 }, 32, 'EINVAL'],
    ['no permission', { flags: 0 }, 32, 'EINVAL'],
    ['an unknown flag', { flags: 9 }, 32, 'EINVAL'],
    ['size 0', { size: 0n }, 32, 'EINVAL'],
    ['iova is no page', { iova: 0x4000_0800n }, 32, 'EINVAL'],
    ['vaddr is no page', { vaddr: RAM_PTR + 1n }, 32, 'EINVAL'],
    ['the range wraps', { iova: 0xffff_ffff_ffff_f000n }, 32, 'EINVAL'],
    ['no RAM at vaddr', { vaddr: 0x1000n }, 32, 'EFAULT'],
    ['over the window of software MSIs', { iova: 0x80f_f000n }, 32, 'EINVAL'],
  ];
  test.each(rows)('map: %s', (_row, values, length, errno) => {
    const { container, driver } = vfio();
    driver.resv = [{ type: 'sw-msi', start: 0x800_0000n, length: 0x10_0000n }];
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma(values).slice(0, length)), errno);
    expect(driver.of('map')).toEqual([]);
  });

  test('RAM that ends within the range: what was mapped of it goes again', () => {
    const { container, driver, memory } = vfio();
    const end = RAM_PTR + 0x10_0000n;
    expect(memory.pin(end - 0x1000n, 0x2000n)).toEqual({ pa: RAM_BASE + 0xf_f000n, length: 0x1000n });
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma({ vaddr: end - 0x1000n })), 'EFAULT');
    expect(driver.of('unmap').map(({ args }) => args.slice(1))).toEqual([[0x4000_0000n, 0x1000n]]);
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma()), 'ok');
  });

  test('map: something is there already', () => {
    const { container } = vfio();
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma()), 'ok');
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma({ iova: 0x4000_1000n })), 'EEXIST');
  });

  test('an error in the second domain undoes the first', () => {
    const { first, second, container } = twoDomains();
    second.answers.map = -12;
    expectErrno(container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma()), 'ENOMEM');
    expect(ops(first, 'map', 'unmap')).toEqual(['map', 'unmap']);
  });

  test('unmap gives the size, unmaps and synchronises in every domain', () => {
    const { first, second, container } = twoDomains();
    container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma());
    const bytes = unmapDma({ iova: 0x3fff_f000n, size: 0x10_0000n });
    expectErrno(container.ioctl(VFIO_IOMMU_UNMAP_DMA, bytes), 'ok');
    expect(decodeStruct(VFIO_DMA_UNMAP, bytes).size).toBe(0x2000n);
    for (const driver of [first, second]) expect(ops(driver, 'unmap', 'iotlbSync')).toEqual(['unmap', 'iotlbSync']);
  });

  test('unmap: nothing there is no error, and size is 0', () => {
    const bytes = unmapDma();
    expectErrno(vfio().container.ioctl(VFIO_IOMMU_UNMAP_DMA, bytes), 'ok');
    expect(decodeStruct(VFIO_DMA_UNMAP, bytes).size).toBe(0n);
  });

  test('unmap ALL', () => {
    const { container } = vfio();
    container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma());
    container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma({ iova: 0x5000_0000n }));
    const bytes = unmapDma({ flags: 2, iova: 0n, size: 0n });
    expectErrno(container.ioctl(VFIO_IOMMU_UNMAP_DMA, bytes), 'ok');
    expect(decodeStruct(VFIO_DMA_UNMAP, bytes).size).toBe(0x4000n);
  });

  test.each([
    ['short memory', {}, 23, 'EFAULT'],
    ['argsz 23', { argsz: 23 }, 24, 'EINVAL'],
    ['an unknown flag', { flags: 4 }, 24, 'EINVAL'],
    ['ALL with a range', { flags: 2 }, 24, 'EINVAL'],
    ['size 0', { size: 0n }, 24, 'EINVAL'],
    ['no page', { size: 0x800n }, 24, 'EINVAL'],
    ['the range wraps', { iova: 0xffff_ffff_ffff_f000n }, 24, 'EINVAL'],
    ['a mapping is cut', { size: 0x1000n }, 24, 'EINVAL'],
  ] as const)('unmap: %s', (_row, values, length, errno) => {
    const { container, driver } = vfio();
    container.ioctl(VFIO_IOMMU_MAP_DMA, mapDma());
    expectErrno(container.ioctl(VFIO_IOMMU_UNMAP_DMA, unmapDma(values).slice(0, length)), errno);
    expect(driver.of('unmap')).toEqual([]);
  });
});
