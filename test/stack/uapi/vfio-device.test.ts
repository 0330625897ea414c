/** b.1: fault regions, their rings, the fault interrupt; a.8: reports and responses through them. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import { FAULT_IRQ_INDEX } from '../../../src/model/stack/host/vfio/fault-irq.ts';
import { FAULT_REGION_INDEX, RESPONSE_REGION_INDEX, VfioDevice } from '../../../src/model/stack/host/vfio/device.ts';
import type { IommuFault, PageRequestFault } from '../../../src/model/stack/host/driver/types.ts';
import { decodeStruct, encodeStruct, putField } from '../../../src/model/stack/uapi/bytes.ts';
import {
  VFIO_CAP_TYPE,
  VFIO_DEVICE_GET_IRQ_INFO,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_SET_IRQS,
  VFIO_IRQ_INFO,
  VFIO_IRQ_SET_HEAD,
  VFIO_REGION_CAP_FAULT,
  VFIO_REGION_CAP_SPARSE_MMAP,
  VFIO_REGION_INFO,
} from '../../../src/model/stack/uapi/vfio-v16/device.ts';
import { IOMMU_FAULT_UNRECOVERABLE, IOMMU_PAGE_RESPONSE, decodeFault } from '../../../src/model/stack/uapi/vfio-v16/fault.ts';
import { VFIO_REGION_DMA_FAULT, VFIO_REGION_DMA_FAULT_RESPONSE } from '../../../src/model/stack/uapi/vfio-v16/fault-regions.ts';
import { concat, expectErrno, vfio } from './setup.ts';
import type { VfioSetup } from './setup.ts';

const PAGE = 4096;

interface Opened extends VfioSetup {
  readonly vdev: VfioDevice;
  /** File descriptors of eventfds that were signalled. */
  readonly signals: number[];
}

function open(type?: number): Opened {
  const setup = vfio(undefined, type);
  const signals: number[] = [];
  const vdev = new VfioDevice({ ...setup, signal: (fd) => signals.push(fd) });
  expectErrno(vdev.open(), 'ok');
  return { ...setup, vdev, signals };
}

const unrecoverable = (addr: bigint): IommuFault => ({ type: 1, reason: 5, flags: 2, pasid: 0, perm: 1, addr, fetchAddr: 0n });
const pageRequest = (grpid: number, more: Partial<PageRequestFault> = {}): PageRequestFault => ({
  type: 2,
  flags: 2,
  pasid: 0,
  grpid,
  perm: 2,
  addr: 0x1000n,
  ...more,
});
const u32 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);

function bytesAt(vdev: VfioDevice, index: number, at: number, length: number): Uint8Array {
  const bytes = vdev.readRegion(index, at, length);
  if (typeof bytes === 'number') throw new Error(`read gave ${bytes}`);
  return bytes;
}

const ring = (vdev: VfioDevice): { readonly head: number; readonly tail: number } =>
  decodeStruct(VFIO_REGION_DMA_FAULT, bytesAt(vdev, FAULT_REGION_INDEX, 0, 20));

describe('b.1: the DMA FAULT region', () => {
  test('a page with the header, 512 slots of 64 bytes behind it', () => {
    const { vdev } = open();
    expect(decodeStruct(VFIO_REGION_DMA_FAULT, bytesAt(vdev, FAULT_REGION_INDEX, 0, 20))).toEqual({
      tail: 0,
      entry_size: 64,
      nb_entries: 512,
      offset: PAGE,
      head: 0,
    });
    expect(bytesAt(vdev, FAULT_REGION_INDEX, 0, 1 << 20)).toHaveLength(PAGE + 512 * 64);
  });

  test('only a nested domain has it', () => {
    const { vdev, device, reports } = open(3);
    expectErrno(Number(vdev.readRegion(FAULT_REGION_INDEX, 0, 20)), 'EINVAL');
    expectErrno(reports.reportDeviceFault(device, unrecoverable(0n)), 'EINVAL');
  });

  test('a fault is copied into the slot at head, head moves on, the eventfd is signalled', () => {
    const { vdev, device, reports, signals } = open();
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(7))), 'ok');
    expectErrno(reports.reportDeviceFault(device, unrecoverable(0xdead_0000n)), 'ok');
    expect([ring(vdev), signals]).toEqual([{ ...ring(vdev), head: 1, tail: 0 }, [7]]);
    expect(decodeFault(bytesAt(vdev, FAULT_REGION_INDEX, PAGE, 64))).toEqual(unrecoverable(0xdead_0000n));
  });

  test('511 faults fit; the 512th is -ENOSPC and changes nothing', () => {
    const { vdev, device, reports, signals } = open();
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(7)));
    for (let i = 0; i < 511; i++) expectErrno(reports.reportDeviceFault(device, unrecoverable(BigInt(i))), 'ok');
    expectErrno(reports.reportDeviceFault(device, unrecoverable(999n)), 'ENOSPC');
    expect([ring(vdev).head, signals.length]).toEqual([511, 511]);
    expectErrno(vdev.writeRegion(FAULT_REGION_INDEX, 0, u32(1)) === 4 ? 0 : -1, 'ok');
    expectErrno(reports.reportDeviceFault(device, unrecoverable(999n)), 'ok');
    expect(ring(vdev)).toMatchObject({ head: 0, tail: 1 });
    expect(decodeStruct(IOMMU_FAULT_UNRECOVERABLE, bytesAt(vdev, FAULT_REGION_INDEX, PAGE + 511 * 64, 64)).addr).toBe(999n);
    expectErrno(reports.reportDeviceFault(device, unrecoverable(0n)), 'ENOSPC');
  });

  test.each([
    ['tail 512', 0, u32(512)],
    ['tail -1', 0, u32(-1)],
    ['three bytes', 0, u32(0).slice(1)],
    ['eight bytes', 0, concat(u32(0), u32(0))],
    ['entry_size', 4, u32(0)],
    ['head', 16, u32(0)],
    ['a slot', PAGE, u32(0)],
    ['behind the end', 1 << 20, u32(0)],
  ] as const)('a bad write: %s', (_row, position, data) => {
    const { vdev } = open();
    const before = bytesAt(vdev, FAULT_REGION_INDEX, 0, 1 << 20);
    expectErrno(vdev.writeRegion(FAULT_REGION_INDEX, position, data), 'EINVAL');
    expect(bytesAt(vdev, FAULT_REGION_INDEX, 0, 1 << 20)).toEqual(before);
  });

  test('tail 511 is the largest', () => {
    expect(open().vdev.writeRegion(FAULT_REGION_INDEX, 0, u32(511))).toBe(4);
  });

  test('reads end at the end of the region', () => {
    const { vdev } = open();
    expect(bytesAt(vdev, FAULT_REGION_INDEX, PAGE + 512 * 64 - 4, 64)).toHaveLength(4);
    expectErrno(Number(vdev.readRegion(FAULT_REGION_INDEX, PAGE + 512 * 64, 4)), 'EINVAL');
    expectErrno(Number(vdev.readRegion(0, 0, 4)), 'EINVAL');
  });

  test('pages behind the header can be mapped, the header cannot', () => {
    const { vdev, device, reports } = open();
    const pages = vdev.mapRegion(FAULT_REGION_INDEX, PAGE, 512 * 64);
    if (typeof pages === 'number') throw new Error(`mmap gave ${pages}`);
    reports.reportDeviceFault(device, unrecoverable(5n));
    expect(decodeFault(pages)).toEqual(unrecoverable(5n));
    for (const [at, length] of [
      [0, PAGE],
      [PAGE, 513 * 64],
      [PAGE + 64, PAGE],
      [PAGE, 0],
      [PAGE, 100],
    ] as const) {
      expectErrno(Number(vdev.mapRegion(FAULT_REGION_INDEX, at, length)), 'EINVAL');
    }
  });

  test('after close nothing is reported', () => {
    const { vdev, device, reports } = open();
    vdev.close();
    expectErrno(reports.reportDeviceFault(device, unrecoverable(0n)), 'EINVAL');
    expectErrno(vdev.writeRegion(FAULT_REGION_INDEX, 0, u32(0)), 'EINVAL');
  });

  test('open: not without a domain, not twice', () => {
    const { vdev, container, groups } = open();
    expectErrno(vdev.open(), 'EBUSY');
    vdev.close();
    container.removeGroup(groups[0]!);
    expectErrno(vdev.open(), 'EINVAL');
  });
});

function respond(opened: Opened, slot: number, values: Partial<Parameters<typeof encodeStruct<typeof IOMMU_PAGE_RESPONSE>>[1]>): number {
  const pages = opened.vdev.mapRegion(RESPONSE_REGION_INDEX, PAGE, 3 * PAGE);
  if (typeof pages === 'number') throw new Error(`mmap gave ${pages}`);
  pages.set(encodeStruct(IOMMU_PAGE_RESPONSE, { argsz: 24, version: 1, ...values }), slot * 24);
  return opened.vdev.writeRegion(RESPONSE_REGION_INDEX, 0, u32((slot + 1) % 512));
}

const answers = ({ driver }: Opened): unknown[] => driver.of('pageResponse').map(({ args }) => args[1]);

describe('b.1: the DMA FAULT RESPONSE region', () => {
  test('a page with the header, 512 slots of 24 bytes behind it', () => {
    const { vdev } = open();
    expect(decodeStruct(VFIO_REGION_DMA_FAULT_RESPONSE, bytesAt(vdev, RESPONSE_REGION_INDEX, 0, 20))).toEqual({
      head: 0,
      entry_size: 24,
      nb_entries: 512,
      offset: PAGE,
      tail: 0,
    });
    expect(bytesAt(vdev, RESPONSE_REGION_INDEX, 0, 1 << 20)).toHaveLength(PAGE + 3 * PAGE);
  });

  test('writing head answers what is in between', () => {
    const opened = open();
    for (const grpid of [3, 4]) opened.reports.reportDeviceFault(opened.device, pageRequest(grpid));
    expect(respond(opened, 0, { grpid: 4, code: 0 })).toBe(4);
    expect(respond(opened, 1, { grpid: 3, code: 1 })).toBe(4);
    expect(answers(opened)).toEqual([
      { flags: 0, pasid: 0, grpid: 4, code: 0 },
      { flags: 0, pasid: 0, grpid: 3, code: 1 },
    ]);
    expect(decodeStruct(VFIO_REGION_DMA_FAULT_RESPONSE, bytesAt(opened.vdev, RESPONSE_REGION_INDEX, 0, 20))).toMatchObject({
      head: 2,
      tail: 2,
    });
    expect(opened.reports.pending(opened.device)).toEqual([]);
  });

  test('a response the core refuses is told to nobody', () => {
    const opened = open();
    expect(respond(opened, 0, { grpid: 4 })).toBe(4);
    expect(answers(opened)).toEqual([]);
    expect(opened.journal.records.filter(({ action }) => action === 'iommu_page_response')).toMatchObject([
      { result: -22, dropped: 'no page request of that group is pending' },
    ]);
  });

  test.each([
    ['head 512', 0, u32(512)],
    ['two bytes', 0, u32(0).slice(2)],
    ['tail', 16, u32(0)],
  ] as const)('a bad write: %s', (_row, position, data) => {
    expectErrno(open().vdev.writeRegion(RESPONSE_REGION_INDEX, position, data), 'EINVAL');
  });
});

describe('a.8: iommu_page_response', () => {
  const rows: readonly (readonly [row: string, values: Parameters<typeof respond>[2], errno: number])[] = [
    ['version 2', { version: 2, grpid: 3 }, -22],
    ['an unknown flag', { flags: 2, grpid: 3 }, -22],
    ['another group', { grpid: 9 }, -22],
  ];
  test.each(rows)('%s: -EINVAL, and the request stays pending', (_row, values, errno) => {
    const opened = open();
    opened.reports.reportDeviceFault(opened.device, pageRequest(3));
    respond(opened, 0, values);
    expect(opened.journal.records.find(({ action }) => action === 'iommu_page_response')?.result).toBe(errno);
    expect([answers(opened), opened.reports.pending(opened.device)]).toEqual([[], [pageRequest(3)]]);
  });

  test('no op in the driver: -ENODEV', () => {
    const opened = open();
    Object.defineProperty(opened.driver, 'pageResponse', { value: undefined });
    opened.reports.reportDeviceFault(opened.device, pageRequest(3));
    respond(opened, 0, { grpid: 3 });
    expect(opened.journal.records.find(({ action }) => action === 'iommu_page_response')?.result).toBe(-19);
  });

  test('a request that asks for its PASID matches that PASID only', () => {
    const opened = open();
    const request = pageRequest(3, { flags: 2 | 8 | 1, pasid: 5 });
    opened.reports.reportDeviceFault(opened.device, request);
    respond(opened, 0, { grpid: 3 });
    respond(opened, 1, { grpid: 3, flags: 1, pasid: 6 });
    expect(answers(opened)).toEqual([]);
    respond(opened, 2, { grpid: 3, flags: 1, pasid: 5 });
    expect(answers(opened)).toEqual([{ flags: 1, pasid: 5, grpid: 3, code: 0 }]);
  });

  test('otherwise a PASID in the answer is cleared', () => {
    const opened = open();
    opened.reports.reportDeviceFault(opened.device, pageRequest(3));
    respond(opened, 0, { grpid: 3, flags: 1, pasid: 6, code: 2 });
    expect(answers(opened)).toEqual([{ flags: 0, pasid: 0, grpid: 3, code: 2 }]);
  });

  test('a page request that does not fit into the ring is not pending', () => {
    const { device, reports } = open();
    for (let i = 0; i < 511; i++) reports.reportDeviceFault(device, unrecoverable(0n));
    expectErrno(reports.reportDeviceFault(device, pageRequest(3)), 'ENOSPC');
    expect(reports.pending(device)).toEqual([]);
  });

  test('only the last page of a group is pending', () => {
    const { device, reports } = open();
    reports.reportDeviceFault(device, pageRequest(3, { flags: 0 }));
    expect(reports.pending(device)).toEqual([]);
  });

  test('a handler with requests pending cannot go', () => {
    const { device, reports } = open();
    reports.reportDeviceFault(device, pageRequest(3));
    expectErrno(reports.unregisterHandler(device), 'EBUSY');
  });
});

/** SET_IRQS of the fault interrupt: an eventfd and a trigger, but for what is given. */
function setIrqs(
  head: Partial<Parameters<typeof encodeStruct<typeof VFIO_IRQ_SET_HEAD>>[1]> = {},
  data: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return concat(
    encodeStruct(VFIO_IRQ_SET_HEAD, { argsz: 20 + data.length, flags: 4 | 32, index: FAULT_IRQ_INDEX, count: 1, ...head }),
    data,
  );
}

describe('b.1: the fault interrupt', () => {
  test('index 5, found by its type capability', () => {
    const { vdev } = open();
    const bytes = new Uint8Array(64);
    putField(VFIO_IRQ_INFO, 'argsz', 64, bytes);
    putField(VFIO_IRQ_INFO, 'index', 5, bytes);
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_IRQ_INFO, bytes), 'ok');
    expect(decodeStruct(VFIO_IRQ_INFO, bytes)).toEqual({ argsz: 64, flags: 1 | 16, index: 5, count: 1, cap_offset: 20 });
    expect(decodeStruct(VFIO_CAP_TYPE, bytes, 20)).toEqual({ id: 3, version: 1, next: 0, type: 1, subtype: 1 });
  });

  test('without room for the capability argsz says what it takes', () => {
    const { vdev } = open();
    const bytes = encodeStruct(VFIO_IRQ_INFO, { argsz: 20, index: 5 });
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_IRQ_INFO, bytes), 'ok');
    expect(decodeStruct(VFIO_IRQ_INFO, bytes)).toMatchObject({ argsz: 36, cap_offset: 0 });
  });

  test.each([
    ['short memory', { argsz: 16, index: 5 }, 15, 'EFAULT'],
    ['argsz 15', { argsz: 15, index: 5 }, 20, 'EINVAL'],
    ['index 6', { argsz: 20, index: 6 }, 20, 'EINVAL'],
    ['the answer does not fit the memory', { argsz: 64, index: 5 }, 20, 'EFAULT'],
  ] as const)('GET_IRQ_INFO: %s', (_row, values, length, errno) => {
    expectErrno(open().vdev.ioctl(VFIO_DEVICE_GET_IRQ_INFO, encodeStruct(VFIO_IRQ_INFO, values).slice(0, length)), errno);
  });

  test('a domain that is not nested has none', () => {
    const { vdev } = open(3);
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_IRQ_INFO, encodeStruct(VFIO_IRQ_INFO, { argsz: 20, index: 5 })), 'EINVAL');
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(7))), 'EINVAL');
  });

  const rows: readonly (readonly [row: string, head: Parameters<typeof setIrqs>[0], data: Uint8Array, errno: ErrnoName | 'ok'])[] = [
    ['argsz 19', { argsz: 19 }, u32(7), 'EINVAL'],
    ['index 6', { index: 6 }, u32(7), 'EINVAL'],
    ['an unknown flag', { flags: 4 | 32 | 64 }, u32(7), 'EINVAL'],
    ['two kinds of data', { flags: 4 | 2 | 32 }, u32(7), 'EINVAL'],
    ['no kind of data', { flags: 32 }, u32(7), 'EINVAL'],
    ['start 1', { start: 1, count: 0 }, u32(7), 'EINVAL'],
    ['two interrupts', { count: 2 }, concat(u32(7), u32(8)), 'EINVAL'],
    ['argsz without data', { argsz: 20 }, u32(7), 'EINVAL'],
    ['no data in memory', { argsz: 24 }, new Uint8Array(0), 'EFAULT'],
    ['eventfd without count', { count: 0 }, u32(7), 'EINVAL'],
    ['a negative descriptor', {}, u32(-2), 'EINVAL'],
    ['mask', { flags: 1 | 8 }, new Uint8Array(0), 'ENOTTY'],
    ['an eventfd', {}, u32(7), 'ok'],
  ];
  test.each(rows)('SET_IRQS: %s', (_row, head, data, errno) => {
    const { vdev, signals } = open();
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs(head, data)), errno);
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 1 | 32 })), 'ok');
    expect(signals).toEqual(errno === 'ok' ? [7] : []);
  });

  test('fired by hand, taken away with -1 or with a count of 0', () => {
    const { vdev, signals } = open();
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(7)));
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 2 | 32 }, Uint8Array.of(0)));
    expect(signals).toEqual([]);
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 2 | 32 }, Uint8Array.of(1)));
    expect(signals).toEqual([7]);
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(-1))), 'ok');
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 1 | 32 }));
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({}, u32(8)));
    expectErrno(vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 1 | 32, count: 0 })), 'ok');
    vdev.ioctl(VFIO_DEVICE_SET_IRQS, setIrqs({ flags: 1 | 32 }));
    expect(signals).toEqual([7]);
  });
});

function regionInfo(index: number, argsz: number): { readonly result: number; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(argsz);
  bytes.set(encodeStruct(VFIO_REGION_INFO, { argsz, index }));
  return { result: open().vdev.ioctl(VFIO_DEVICE_GET_REGION_INFO, bytes), bytes };
}

describe('b.1: VFIO_DEVICE_GET_REGION_INFO', () => {
  test.each([
    ['DMA FAULT', 9, PAGE + 512 * 64, 1, 6],
    ['DMA FAULT RESPONSE', 10, 4 * PAGE, 2, 7],
  ] as const)('%s: type, what can be mapped, version', (_row, index, size, subtype, cap) => {
    const { result, bytes } = regionInfo(index, 256);
    expectErrno(result, 'ok');
    const info = decodeStruct(VFIO_REGION_INFO, bytes);
    expect(info).toEqual({ argsz: 256, flags: 15, index, cap_offset: 32, size: BigInt(size), offset: BigInt(index) << 40n });
    const type = decodeStruct(VFIO_CAP_TYPE, bytes, info.cap_offset);
    expect(type).toMatchObject({ id: 2, version: 1, type: 4, subtype });
    const sparse = decodeStruct(VFIO_REGION_CAP_SPARSE_MMAP, bytes, type.next);
    expect(sparse).toMatchObject({ id: 1, nr_areas: 1, area_offset: BigInt(PAGE), area_size: BigInt(size - PAGE) });
    expect(decodeStruct(VFIO_REGION_CAP_FAULT, bytes, sparse.next)).toEqual({ id: cap, version: 1, next: 0, abi: 1 });
  });

  test('without room for capabilities argsz says what they take', () => {
    const { result, bytes } = regionInfo(9, 32);
    expectErrno(result, 'ok');
    expect(decodeStruct(VFIO_REGION_INFO, bytes)).toMatchObject({ argsz: 32 + 16 + 32 + 12, cap_offset: 0 });
  });

  test('a region of PCI itself is empty', () => {
    const { result, bytes } = regionInfo(0, 32);
    expectErrno(result, 'ok');
    expect(decodeStruct(VFIO_REGION_INFO, bytes)).toMatchObject({ flags: 0, size: 0n });
  });

  test('no such region, no such ioctl, short memory', () => {
    expectErrno(regionInfo(11, 32).result, 'EINVAL');
    const { vdev } = open();
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_REGION_INFO, encodeStruct(VFIO_REGION_INFO, { argsz: 31, index: 9 })), 'EINVAL');
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_REGION_INFO, new Uint8Array(31)), 'EFAULT');
    expectErrno(vdev.ioctl(VFIO_DEVICE_GET_REGION_INFO, encodeStruct(VFIO_REGION_INFO, { argsz: 256, index: 9 })), 'EFAULT');
    expectErrno(vdev.ioctl(0x3b00, new Uint8Array(64)), 'ENOTTY');
  });
});
