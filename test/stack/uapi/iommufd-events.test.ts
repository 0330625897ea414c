/** c.2, c.6: event queues of iommufd through raw bytes: sequence numbers, LOST_EVENTS, page faults and answers. */
import { describe, expect, test } from 'vitest';
import { decodeUapi } from '../../../src/formats/words/uapi.ts';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import type { EventWords, PageRequestFault, Viommu } from '../../../src/model/stack/host/driver/types.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import {
  STRUCT_FAULT_ALLOC,
  STRUCT_HWPT_PAGE_RESPONSE,
  STRUCT_HWPT_PGFAULT,
  STRUCT_VEVENTQ_ALLOC,
  STRUCT_VEVENT_ARM_SMMUV3,
  STRUCT_VEVENT_HEADER,
} from '../../../src/model/stack/uapi/iommufd/events.ts';
import { STRUCT_DESTROY } from '../../../src/model/stack/uapi/iommufd/ioas.ts';
import { IOMMU_DESTROY, IOMMU_FAULT_QUEUE_ALLOC, IOMMU_VEVENTQ_ALLOC } from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { allocHwpt, allocIoas, allocVste, call, concat, expectErrno, iommufd, nesting } from './setup.ts';
import type { IommufdSetup } from './setup.ts';

const event = (n: number): EventWords => [(BigInt(n) << 32n) | 0x10n, 1n, 2n, 3n];

interface Ready extends IommufdSetup {
  readonly viommuId: number;
  readonly viommu: Viommu;
}

function ready(): Ready {
  const setup = iommufd();
  const viommuId = nesting(setup).viommu;
  const object = [...setup.iommufd.objects.all()].find(({ id }) => id === viommuId);
  if (object?.type !== 'viommu') throw new Error('no vIOMMU');
  return { ...setup, viommuId, viommu: object.viommu };
}

function allocQueue(setup: Ready, values: object = {}): { readonly result: number; readonly id: number; readonly fd: number } {
  const { result, out } = call(setup.iommufd, IOMMU_VEVENTQ_ALLOC, STRUCT_VEVENTQ_ALLOC, {
    viommu_id: setup.viommuId,
    type: 1,
    veventq_depth: 4,
    ...values,
  });
  return { result, id: out.out_veventq_id, fd: out.out_veventq_fd };
}

/** Headers as `flags:sequence`, an event behind its header as `=n`. */
function read({ iommufd: fd }: IommufdSetup, file: number, length = 1 << 16): string[] {
  const bytes = fd.readFile(file, length);
  if (typeof bytes === 'number') throw new Error(`read gave ${bytes}`);
  const list: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const { flags, sequence } = decodeStruct(STRUCT_VEVENT_HEADER, bytes, at);
    at += STRUCT_VEVENT_HEADER.bytes;
    if (flags === 1) {
      list.push(`lost:${sequence}`);
      continue;
    }
    list.push(`${sequence}=${decodeStruct(STRUCT_VEVENT_ARM_SMMUV3, bytes, at).evt[0]! >> 32n}`);
    at += STRUCT_VEVENT_ARM_SMMUV3.bytes;
  }
  return list;
}

describe('c.6: VEVENTQ_ALLOC', () => {
  const rows: readonly (readonly [row: string, values: object, errno: ErrnoName | 'ok'])[] = [
    ['a queue', {}, 'ok'],
    ['flags', { flags: 1 }, 'EOPNOTSUPP'],
    ['__reserved', { __reserved: 1 }, 'EOPNOTSUPP'],
    ['type 0', { type: 0 }, 'EOPNOTSUPP'],
    ['type 0 comes before depth 0', { type: 0, veventq_depth: 0 }, 'EOPNOTSUPP'],
    ['depth 0', { veventq_depth: 0 }, 'EINVAL'],
    ['depth 0 comes before the vIOMMU', { veventq_depth: 0, viommu_id: 99 }, 'EINVAL'],
    ['no such vIOMMU', { viommu_id: 99 }, 'ENOENT'],
    ['a type the vIOMMU does not have', { type: 2 }, 'EOPNOTSUPP'],
  ];
  test.each(rows)('%s', (_row, values, errno) => expectErrno(allocQueue(ready(), values).result, errno));

  test('a second queue of the type on one vIOMMU', () => {
    const setup = ready();
    allocQueue(setup);
    expectErrno(allocQueue(setup).result, 'EEXIST');
  });

  test('the open file holds the queue; without queue events are refused', () => {
    const setup = ready();
    expectErrno(setup.reports.reportVevent(setup.viommu, event(0)), 'EOPNOTSUPP');
    const { id, fd } = allocQueue(setup);
    const destroy = (): number => call(setup.iommufd, IOMMU_DESTROY, STRUCT_DESTROY, { id }).result;
    expectErrno(setup.reports.reportVevent(setup.viommu, event(0)), 'ok');
    expectErrno(destroy(), 'EBUSY');
    expectErrno(setup.iommufd.closeFile(fd), 'ok');
    expectErrno(destroy(), 'ok');
    expectErrno(setup.reports.reportVevent(setup.viommu, event(0)), 'EOPNOTSUPP');
    const again = allocQueue(setup);
    setup.iommufd.closeFile(again.fd);
    for (const one of [again.id, setup.viommuId]) expectErrno(call(setup.iommufd, IOMMU_DESTROY, STRUCT_DESTROY, { id: one }).result, 'ok');
  });
});

describe('c.2: records of a vEVENTQ', () => {
  function queue(): { readonly setup: Ready; readonly fd: number; readonly report: (...numbers: number[]) => void } {
    const setup = ready();
    const { fd } = allocQueue(setup);
    return {
      setup,
      fd,
      report: (...numbers) => numbers.forEach((n) => expectErrno(setup.reports.reportVevent(setup.viommu, event(n)), 'ok')),
    };
  }

  test('sequence numbers from 0', () => {
    const { setup, fd, report } = queue();
    report(7, 8, 9);
    expect(read(setup, fd)).toEqual(['0=7', '1=8', '2=9']);
    report(10);
    expect(read(setup, fd)).toEqual(['3=10']);
    expect(read(setup, fd)).toEqual([]);
  });

  test('overflow: a lone header with LOST_EVENTS at the end, with the number of the last event lost', () => {
    const { setup, fd, report } = queue();
    report(0, 1, 2, 3, 4);
    expect(setup.journal.records.findLast(({ action }) => action === 'vEVENTQ')).toMatchObject({ action: 'vEVENTQ', dropped: 'the queue is full: LOST_EVENTS' });
    report(5, 6);
    expect(read(setup, fd)).toEqual(['0=0', '1=1', '2=2', '3=3', 'lost:6']);
    report(7);
    expect(read(setup, fd)).toEqual(['7=7']);
  });

  test('an event that finds room takes the place of the header: the gap in the numbers remains', () => {
    const { setup, fd, report } = queue();
    report(0, 1, 2, 3, 4, 5);
    expect(read(setup, fd, 40)).toEqual(['0=0']);
    report(6);
    expect(read(setup, fd)).toEqual(['1=1', '2=2', '3=3', '6=6']);
  });

  test('a read takes whole records only', () => {
    const { setup, fd, report } = queue();
    report(0, 1);
    expect([read(setup, fd, 7), read(setup, fd, 39), read(setup, fd, 79), read(setup, fd, 40)]).toEqual([[], [], ['0=0'], ['1=1']]);
  });

  test('a lone header needs 8 bytes', () => {
    const { setup, fd, report } = queue();
    report(0, 1, 2, 3, 4);
    expect([read(setup, fd, 160), read(setup, fd, 7), read(setup, fd, 8)]).toEqual([['0=0', '1=1', '2=2', '3=3'], [], ['lost:4']]);
  });

  test('the file cannot be written; one that is not open can be nothing', () => {
    const { setup, fd } = queue();
    expectErrno(setup.iommufd.writeFile(fd, new Uint8Array(8)), 'EINVAL');
    expectErrno(setup.iommufd.writeFile(99, new Uint8Array(8)), 'EBADF');
    expectErrno(Number(setup.iommufd.readFile(99, 8)), 'EBADF');
    expectErrno(setup.iommufd.closeFile(99), 'EBADF');
  });
});

const request = (grpid: number, more: Partial<PageRequestFault> = {}): PageRequestFault => ({
  type: 2,
  flags: 2,
  pasid: 0,
  grpid,
  perm: 2,
  addr: 0x1000n,
  ...more,
});
const response = (cookie: number, code: number): Uint8Array => encodeStruct(STRUCT_HWPT_PAGE_RESPONSE, { cookie, code });

interface Faulting extends Ready {
  readonly fd: number;
  readonly faultId: number;
  readonly hwpt: number;
}

/** A device on a vSTE with a fault queue. */
function faulting(): Faulting {
  const setup = ready();
  const { out } = call(setup.iommufd, IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC, {});
  const hwpt = allocVste(setup, setup.viommuId, [0n, 0n], { flags: 4, fault_id: out.out_fault_id }).id;
  expect(setup.iommufd.attach(setup.deviceId, hwpt)).toBe(hwpt);
  return { ...setup, fd: out.out_fault_fd, faultId: out.out_fault_id, hwpt };
}

function faults({ iommufd: fd }: IommufdSetup, file: number, length = 400): ReturnType<typeof decodeStruct<typeof STRUCT_HWPT_PGFAULT>>[] {
  const bytes = fd.readFile(file, length);
  if (typeof bytes === 'number') throw new Error(`read gave ${bytes}`);
  return Array.from({ length: bytes.length / 40 }, (_, i) => decodeStruct(STRUCT_HWPT_PGFAULT, bytes, i * 40));
}

describe('c.2: FAULT_QUEUE_ALLOC', () => {
  test('flags', () => expectErrno(call(iommufd().iommufd, IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC, { flags: 1 }).result, 'EOPNOTSUPP'));

  test('a page fault is read with a cookie and answered with it', () => {
    const setup = faulting();
    expectErrno(setup.reports.reportDeviceFault(setup.device, request(5)), 'ok');
    expect(faults(setup, setup.fd)).toEqual([
      { flags: 2, dev_id: setup.deviceId, pasid: 0, grpid: 5, perm: 2, __reserved: 0, addr: 0x1000n, length: 0, cookie: 1 },
    ]);
    expect(setup.iommufd.writeFile(setup.fd, response(1, 0))).toBe(8);
    expect(setup.driver.of('pageResponse').map(({ args }) => args[1])).toEqual([{ flags: 0, pasid: 0, grpid: 5, code: 0 }]);
    expect(setup.reports.pending(setup.device)).toEqual([]);
  });

  test('what a queue holds: faults that nobody has read have no cookie; those that are read stay until they are answered', () => {
    const setup = faulting();
    const object = [...setup.iommufd.objects.all()].find(({ id }) => id === setup.faultId);
    if (object?.type !== 'fault') throw new Error('no fault queue');
    const held = () => object.queue.entries().map(({ bytes, isRead }) => [decodeStruct(STRUCT_HWPT_PGFAULT, bytes).grpid, decodeStruct(STRUCT_HWPT_PGFAULT, bytes).cookie, isRead]);
    for (const [grpid, flags] of [[5, 0], [5, 2], [6, 2]] as const) setup.reports.reportDeviceFault(setup.device, request(grpid, { flags }));
    expect(held()).toEqual([[5, 0, false], [5, 0, false], [6, 0, false]]);
    faults(setup, setup.fd, 80);
    expect(held()).toEqual([[5, 1, true], [5, 1, true], [6, 0, false]]);
    const [first] = object.queue.entries();
    expect(decodeUapi('iommu_hwpt_pgfault', first!.bytes).members.filter(({ raw }) => BigInt(raw) !== 0n).map(({ name, value }) => `${name} ${value}`)).toEqual(['dev_id 1', 'grpid 5', 'perm WRITE', 'addr 0x1000', 'cookie 1']);
    setup.iommufd.writeFile(setup.fd, response(1, 0));
    expect(held()).toEqual([[6, 0, false]]);
  });

  test('a group is read whole or not at all, and answered once', () => {
    const setup = faulting();
    for (const flags of [0, 0, 2]) setup.reports.reportDeviceFault(setup.device, request(5, { flags }));
    expect(faults(setup, setup.fd, 80)).toEqual([]);
    expect(faults(setup, setup.fd, 120).map(({ cookie }) => cookie)).toEqual([1, 1, 1]);
    setup.iommufd.writeFile(setup.fd, response(1, 1));
    expect(setup.driver.of('pageResponse')).toHaveLength(1);
  });

  test('bad reads and writes', () => {
    const setup = faulting();
    setup.reports.reportDeviceFault(setup.device, request(5));
    expectErrno(Number(setup.iommufd.readFile(setup.fd, 41)), 'ESPIPE');
    expectErrno(setup.iommufd.writeFile(setup.fd, new Uint8Array(7)), 'ESPIPE');
    expectErrno(setup.iommufd.writeFile(setup.fd, response(1, 0)), 'EINVAL');
    faults(setup, setup.fd);
    expectErrno(setup.iommufd.writeFile(setup.fd, response(1, 2)), 'EINVAL');
    expect(setup.iommufd.writeFile(setup.fd, concat(response(1, 0), response(9, 0)))).toBe(8);
    expectErrno(setup.iommufd.writeFile(setup.fd, response(1, 0)), 'EINVAL');
    expect(setup.driver.of('pageResponse')).toHaveLength(1);
  });

  test('an unrecoverable fault is not for the queue', () => {
    const setup = faulting();
    expectErrno(
      setup.reports.reportDeviceFault(setup.device, { type: 1, reason: 5, flags: 0, pasid: 0, perm: 0, addr: 0n, fetchAddr: 0n }),
      'EOPNOTSUPP',
    );
  });

  test('a device that leaves: faults, read or not, are answered INVALID', () => {
    const setup = faulting();
    setup.reports.reportDeviceFault(setup.device, request(5));
    faults(setup, setup.fd);
    setup.reports.reportDeviceFault(setup.device, request(6));
    setup.iommufd.detach(setup.deviceId);
    expect(setup.driver.of('pageResponse').map(({ args }) => args[1])).toMatchObject([
      { grpid: 6, code: 1 },
      { grpid: 5, code: 1 },
    ]);
    expectErrno(setup.reports.reportDeviceFault(setup.device, request(7)), 'EINVAL');
  });

  test('moving to a domain without queue ends it; the queue lives while a HWPT or its file does', () => {
    const setup = faulting();
    const plain = allocHwpt(setup, { pt_id: allocIoas(setup) }).id;
    expect(setup.iommufd.attach(setup.deviceId, plain)).toBe(plain);
    expectErrno(setup.reports.reportDeviceFault(setup.device, request(7)), 'EINVAL');
    const destroy = (id: number): number => call(setup.iommufd, IOMMU_DESTROY, STRUCT_DESTROY, { id }).result;
    setup.iommufd.closeFile(setup.fd);
    expectErrno(destroy(setup.faultId), 'EBUSY');
    expectErrno(destroy(setup.hwpt), 'ok');
    expectErrno(destroy(setup.faultId), 'ok');
  });
});
