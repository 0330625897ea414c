/** From the bytes of a VMM to STEs and commands of the physical SMMU, and from its events into the vEVENTQ: c.3 to c.6. */
import { describe, expect, test } from 'vitest';
import type { ErrnoName } from '../../../src/model/stack/errno.ts';
import type { HostDevice } from '../../../src/model/stack/host/driver/types.ts';
import { Iommufd } from '../../../src/model/stack/host/iommufd/iommufd.ts';
import { decodeStruct, encodeStruct } from '../../../src/model/stack/uapi/bytes.ts';
import {
  STRUCT_FAULT_ALLOC,
  STRUCT_HWPT_PAGE_RESPONSE,
  STRUCT_HWPT_PGFAULT,
  STRUCT_VEVENTQ_ALLOC,
  STRUCT_VEVENT_ARM_SMMUV3,
  STRUCT_VEVENT_HEADER,
} from '../../../src/model/stack/uapi/iommufd/events.ts';
import { STRUCT_HWPT_INVALIDATE, STRUCT_INVALIDATE_ARM_SMMUV3 } from '../../../src/model/stack/uapi/iommufd/hwpt.ts';
import {
  IOMMU_FAULT_QUEUE_ALLOC,
  IOMMU_HWPT_INVALIDATE,
  IOMMU_VEVENTQ_ALLOC,
  IOMMU_VIOMMU_ALLOC,
} from '../../../src/model/stack/uapi/iommufd/ioctls.ts';
import { STRUCT_VIOMMU_ALLOC } from '../../../src/model/stack/uapi/iommufd/viommu.ts';
import { device as makeDevice } from './recording-driver.ts';
import { ID, RealHost, hex16 } from './real-host.ts';
import type { RealHostOptions } from './real-host.ts';
import { allocHwpt, allocIoas, allocVdevice, allocVste, call, concat, expectErrno, nesting } from './setup.ts';
import type { Process } from './setup.ts';

const VSID = 0x8n;
/** The golden vSTE of c.4. */
const GUEST = [0x0000_0008_4567_804bn, 0x0000_0000_0800_00d6n] as const;

/** IDR3.FWB = 0: stage 2 cannot force write-back. */
const WITHOUT_FWB = { ...ID, IDR3: ID.IDR3 & ~(1 << 8) };

interface Started extends Process {
  readonly host: RealHost;
  readonly device: HostDevice;
}

interface Ready extends Started {
  readonly ioas: number;
  readonly parent: number;
  readonly viommu: number;
}

function start(options: RealHostOptions = {}, device: HostDevice = makeDevice('0000:00:04.0', 0x20)): Started {
  const host = new RealHost({ generation: 'modern', ...options });
  expectErrno(host.driver.probeDevice(device), 'ok');
  const iommufd = new Iommufd(host);
  return { host, device, iommufd, deviceId: iommufd.bind(host.driver, device), memory: host.memory };
}

function ready(options: RealHostOptions = {}, device?: HostDevice): Ready {
  const setup = start(options, device);
  const ids = nesting(setup);
  setup.host.mark();
  return { ...setup, ...ids };
}

/** Attached to the golden vSTE. */
function translating(options: RealHostOptions = {}): Ready & { readonly hwpt: number } {
  const setup = ready(options);
  expectErrno(allocVdevice(setup, setup.viommu, VSID).result, 'ok');
  const hwpt = allocVste(setup, setup.viommu, GUEST).id;
  expect(setup.iommufd.attach(setup.deviceId, hwpt)).toBe(hwpt);
  setup.host.mark();
  return { ...setup, hwpt };
}

describe('c.3: parent and vIOMMU', () => {
  test.each([
    ['no flags', 0, 'ok'],
    ['NEST_PARENT', 1, 'ok'],
    ['PASID', 8, 'ok'],
    ['DIRTY_TRACKING: the core finds no such capability', 2, 'EOPNOTSUPP'],
    ['DIRTY_TRACKING and PASID: likewise', 10, 'EOPNOTSUPP'],
    ['NEST_PARENT and DIRTY_TRACKING', 3, 'EOPNOTSUPP'],
    ['NEST_PARENT and PASID', 9, 'EOPNOTSUPP'],
  ] as const)('flags: %s', (_row, flags, errno) => {
    const setup = start();
    expectErrno(allocHwpt(setup, { pt_id: allocIoas(setup), flags }).result, errno);
  });

  test.each([
    ['stage 2', 1],
    ['stage 1', 2],
  ])('NEST_PARENT, and VIOMMU_ALLOC, on an SMMU without %s: no FEAT_NESTING, -EOPNOTSUPP', (_row, bit) => {
    const setup = start({ id: { ...ID, IDR0: ID.IDR0 & ~bit } });
    expectErrno(allocHwpt(setup, { pt_id: allocIoas(setup), flags: 1 }).result, 'EOPNOTSUPP');
    const { result } = call(setup.iommufd, IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, { type: 1, dev_id: setup.deviceId });
    expectErrno(result, 'EOPNOTSUPP');
  });

  test.each([
    ['flags', { flags: 1 }, 'EOPNOTSUPP'],
    ['type 0', { type: 0 }, 'EOPNOTSUPP'],
    ['a HWPT there is not', { hwpt_id: 99 }, 'ENOENT'],
    ['a device there is not', { dev_id: 99 }, 'ENOENT'],
  ] as const)('VIOMMU_ALLOC: %s', (_row, values, errno) => {
    const setup = ready();
    const all = { type: 1, dev_id: setup.deviceId, hwpt_id: setup.parent, ...values };
    expectErrno(call(setup.iommufd, IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, all).result, errno);
  });

  test('VIOMMU_ALLOC: a HWPT that is no nest parent, or one of another SMMU: -EINVAL', () => {
    const setup = ready();
    const plain = allocHwpt(setup, { pt_id: setup.ioas }).id;
    const other = start();
    const dev_id = setup.iommufd.bind(other.host.driver, other.device);
    for (const values of [{ hwpt_id: plain }, { dev_id }]) {
      const all = { type: 1, dev_id: setup.deviceId, hwpt_id: setup.parent, ...values };
      expectErrno(call(setup.iommufd, IOMMU_VIOMMU_ALLOC, STRUCT_VIOMMU_ALLOC, all).result, 'EINVAL');
    }
  });

  test('vendor data on a paging domain', () => {
    const setup = start();
    expectErrno(allocHwpt(setup, { pt_id: allocIoas(setup), data_type: 2, data_len: 16 }).result, 'EOPNOTSUPP');
  });

  test('a device that is not CANWBS behind an SMMU without S2FWB', () => {
    const device = makeDevice('a', 0x20, { canWbs: false });
    const without = ready({ id: WITHOUT_FWB }, device);
    expect(without.viommu).toBe(0);
    expect(without.host.journal.records.find(({ dropped }) => dropped?.includes('CANWBS'))).toBeDefined();
    expect(ready({ id: { ...ID, IDR3: ID.IDR3 | (1 << 8) } }, device).viommu).toBeGreaterThan(0);
  });
});

describe('c.4: what of a vSTE is taken', () => {
  const rows: readonly (readonly [row: string, ste: readonly [bigint, bigint], errno: ErrnoName | 'ok'])[] = [
    ['the golden one', GUEST, 'ok'],
    ['V=0: whatever else is set', [0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_ffffn], 'ok'],
    ['abort', [1n, 0n], 'ok'],
    ['bypass', [9n, 0n], 'ok'],
    ["Config 6: stage 2 is not the guest's", [0xdn, 0n], 'EIO'],
    ['Config 7', [0xfn, 0n], 'EIO'],
    ['Config 1', [3n, 0n], 'EIO'],
    ['Config 2', [5n, 0n], 'EIO'],
    ['Config 3', [7n, 0n], 'EIO'],
    ['all of word 0 that is allowed', [(0xf80f_ffff_ffff_fff1n & ~0xen) | 0xan, 0n], 'ok'],
    ['word 0 bit 52', [0xbn | (1n << 52n), 0n], 'EIO'],
    ['all of word 1 that is allowed', [0xbn, 0x1800_00ffn], 'ok'],
    ['MEV', [0xbn, 1n << 19n], 'EIO'],
    ['S2FWB', [0xbn, 1n << 25n], 'EIO'],
    ['STRW', [0xbn, 2n << 30n], 'EIO'],
    ['SHCFG', [0xbn, 1n << 44n], 'EIO'],
    ['CONT', [0xbn, 1n << 13n], 'EIO'],
    ['PPAR', [0xbn, 1n << 18n], 'EIO'],
    ['DCP', [0xbn, 1n << 17n], 'EIO'],
    ['MTCFG', [0xbn, 1n << 36n], 'EIO'],
    ['EATS 1', [0xbn, 1n << 28n], 'ok'],
    ['EATS 2', [0xbn, 2n << 28n], 'EIO'],
    ['EATS 3', [0xbn, 3n << 28n], 'EIO'],
  ];
  test.each(rows)('%s', (_row, ste, errno) => {
    const setup = ready();
    expectErrno(allocVste(setup, setup.viommu, ste).result, errno);
  });

  test('the physical STE of the golden vSTE: words 0 and 1', () => {
    const { host, device } = translating({ id: WITHOUT_FWB });
    expect(host.ste(device).slice(0, 2)).toEqual(['000000084567804f', '00001000080800d6']);
  });

  test.each([
    ['V=0', [0n, 0n], '0000000000000001'],
    ['abort', [1n, 0n], '0000000000000001'],
    ['bypass is stage 2', [9n, 0n], '000000000000000d'],
  ] as const)('%s needs no vDEVICE', (_row, ste, word0) => {
    const setup = ready();
    const { id } = allocVste(setup, setup.viommu, ste);
    expect(setup.iommufd.attach(setup.deviceId, id)).toBe(id);
    expect(setup.host.ste(setup.device)[0]).toBe(word0);
  });

  test('flags of a vSTE', () => {
    const setup = ready();
    expectErrno(allocVste(setup, setup.viommu, GUEST, { flags: 8 }).result, 'EOPNOTSUPP');
  });

  test('attach of a device that has PASIDs attached: -EBUSY', () => {
    const setup = ready({}, makeDevice('0000:00:04.0', 0x20, { svaEnabled: true }));
    expectErrno(setup.iommufd.attach(setup.deviceId, allocVste(setup, setup.viommu, [1n, 0n]).id), 'EBUSY');
  });

  test('attach of S1_TRANS without a vDEVICE', () => {
    const setup = ready();
    expectErrno(setup.iommufd.attach(setup.deviceId, allocVste(setup, setup.viommu, GUEST).id), 'ENOENT');
  });

  test('attach of a device behind another SMMU', () => {
    const setup = ready();
    const other = start();
    const id = setup.iommufd.bind(other.host.driver, other.device);
    expectErrno(setup.iommufd.attach(id, allocVste(setup, setup.viommu, [1n, 0n]).id), 'EINVAL');
  });
});

const command = (word0: bigint, word1 = 0n): Uint8Array => encodeStruct(STRUCT_INVALIDATE_ARM_SMMUV3, { cmd: [word0, word1] });

function invalidate(setup: Ready, ...commands: readonly Uint8Array[]): readonly [result: number, handled: number] {
  const data_uptr = setup.memory.place(concat(...commands));
  const all = { hwpt_id: setup.viommu, data_uptr, data_type: 1, entry_len: 16, entry_num: commands.length };
  const { result, out } = call(setup.iommufd, IOMMU_HWPT_INVALIDATE, STRUCT_HWPT_INVALIDATE, all);
  return [result, out.entry_num];
}

describe('c.5: conversion', () => {
  const rows: readonly (readonly [row: string, words: readonly [bigint, bigint], issued: string])[] = [
    [
      'NSNH_ALL is NH_ALL of the VMID, all other bits dropped',
      [0xffff_ffff_ffff_ff30n, 0xffff_ffff_ffff_ffffn],
      '0000000100000010 0000000000000000',
    ],
    ['NH_ALL', [0x0000_7777_0000_0010n, 0n], '0000000100000010 0000000000000000'],
    ['NH_ASID', [0x0005_7777_0000_0011n, 0n], '0005000100000011 0000000000000000'],
    ['NH_VA: everything but the VMID as it was', [0x0005_7777_0050_2012n, 0x0021_f701n], '0005000100502012 000000000021f701'],
    ['NH_VAA', [0x0000_7777_0000_0013n, 0x1701n], '0000000100000013 0000000000001701'],
    ['CFGI_CD: vSID to pSID', [(VSID << 32n) | 0x05n, 1n], '0000002000000005 0000000000000001'],
    ['CFGI_CD_ALL', [(VSID << 32n) | 0x06n, 0n], '0000002000000006 0000000000000000'],
    ['ATC_INV', [(VSID << 32n) | 0x40n, 52n], '0000002000000040 0000000000000034'],
  ];
  test.each(rows)('%s', (_row, [word0, word1], issued) => {
    const setup = translating();
    expect(invalidate(setup, command(word0, word1))).toEqual([0, 1]);
    expect(setup.host.commands()).toEqual([issued]);
  });

  test.each([
    ['CFGI_CD of an unknown vSID', [(0x99n << 32n) | 0x05n, 0n]],
    ['CFGI_CD_ALL of an unknown vSID', [(0x99n << 32n) | 0x06n, 0n]],
    ['ATC_INV of an unknown vSID', [(0x99n << 32n) | 0x40n, 0n]],
    ['CFGI_STE', [(VSID << 32n) | 0x03n, 1n]],
    ['CFGI_ALL', [0x04n, 31n]],
    ['TLBI_S2_IPA', [0x2an, 0n]],
    ['TLBI_S12_VMALL', [0x28n, 0n]],
    ['TLBI_EL2_ALL', [0x20n, 0n]],
    ['SYNC', [0x46n, 0n]],
    ['RESUME', [0x44n, 0n]],
    ['PREFETCH_CONFIG', [0x01n, 0n]],
    ['an opcode there is not', [0xffn, 0n]],
  ] as const)('%s: -EIO', (_row, [word0, word1]) => {
    const setup = translating();
    expect(invalidate(setup, command(word0, word1))).toEqual([-5, 0]);
    expect(setup.host.names()).toEqual([]);
  });
});

describe('c.5: partial failure', () => {
  const good = (n: number): Uint8Array[] => Array.from({ length: n }, () => command(0x10n));
  const BAD = command(0x46n);

  test('an error at index k: entry_num is k, but what came after the last run of 63 was not issued', () => {
    for (const [k, issued] of [
      [1, 0],
      [62, 0],
      [63, 63],
      [70, 63],
      [126, 126],
      [130, 126],
    ] as const) {
      const setup = translating();
      expect(invalidate(setup, ...good(k), BAD, ...good(3))).toEqual([-5, k]);
      expect(setup.host.commands()).toHaveLength(issued);
    }
  });

  test('130 good ones are two runs of 63 and one of 4, each with its SYNC', () => {
    const setup = translating();
    expect(invalidate(setup, ...good(130))).toEqual([0, 130]);
    const names = setup.host.names();
    expect([names.length, names.indexOf('SYNC'), names.lastIndexOf('SYNC')]).toEqual([133, 63, 132]);
  });
});

/** F_TRANSLATION of a read in stage 1, class IN; `more` is or-ed into word 1. */
const translation = (address: bigint, more = 0n): readonly [bigint, bigint, bigint, bigint] => [
  (0x20n << 32n) | 0x10n,
  (1n << 35n) | (2n << 40n) | more,
  address,
  0n,
];
const S2 = 1n << 39n;
const STALL = 1n << 31n;

describe('c.6: from the event queue into the vEVENTQ', () => {
  function listening(): ReturnType<typeof translating> & { readonly fd: number } {
    const setup = translating();
    const { result, out } = call(setup.iommufd, IOMMU_VEVENTQ_ALLOC, STRUCT_VEVENTQ_ALLOC, {
      viommu_id: setup.viommu,
      type: 1,
      veventq_depth: 2,
    });
    expectErrno(result, 'ok');
    return { ...setup, fd: out.out_veventq_fd };
  }

  function events({ iommufd, fd }: ReturnType<typeof listening>): string[][] {
    const bytes = iommufd.readFile(fd, 4096);
    if (typeof bytes === 'number') throw new Error(`read gave ${bytes}`);
    const size = STRUCT_VEVENT_HEADER.bytes + STRUCT_VEVENT_ARM_SMMUV3.bytes;
    return Array.from({ length: Math.floor(bytes.length / size) }, (_, i) =>
      decodeStruct(STRUCT_VEVENT_ARM_SMMUV3, bytes, i * size + 8).evt.map(hex16),
    );
  }

  test('the raw record, with the vSID in the place of the StreamID', () => {
    const setup = listening();
    setup.host.raise(translation(0xdead_0000n));
    expect(events(setup)).toEqual([['0000000800000010', '0000020800000000', '00000000dead0000', '0000000000000000']]);
    expect(setup.host.dmesg()).toEqual([]);
  });

  test.each([0x04, 0x06, 0x08, 0x0a, 0x10, 0x11, 0x12, 0x13])('event %i is forwarded', (id) => {
    const setup = listening();
    setup.host.raise([(0x20n << 32n) | BigInt(id), 0n, 0n, 0n]);
    expect([events(setup).length, setup.host.dmesg()]).toEqual([1, []]);
  });

  test.each([
    ['F_CD_FETCH', [(0x20n << 32n) | 0x09n, 0n, 0n, 0n]],
    ['F_WALK_EABT', [(0x20n << 32n) | 0x0bn, 0n, 0n, 0n]],
    ['a fault of stage 2', translation(0n, S2)],
    ['a StreamID nobody has', [(0x99n << 32n) | 0x10n, 0n, 0n, 0n]],
  ] as const)('%s is not forwarded: dmesg', (_row, words) => {
    const setup = listening();
    setup.host.raise(words);
    expect(events(setup)).toEqual([]);
    expect(setup.host.dmesg().length).toBeGreaterThan(0);
  });

  test('no vEVENTQ: dmesg', () => {
    const setup = translating();
    setup.host.raise(translation(0n));
    expect(setup.host.dmesg().length).toBeGreaterThan(0);
  });

  test('an overflow is seen by the VMM only', () => {
    const setup = listening();
    for (let i = 0; i < 4; i++) setup.host.raise(translation(0n));
    const bytes = setup.iommufd.readFile(setup.fd, 4096) as Uint8Array;
    expect([bytes.length, decodeStruct(STRUCT_VEVENT_HEADER, bytes, 80)]).toEqual([88, { flags: 1, sequence: 3 }]);
    expect(setup.host.dmesg()).toEqual([]);
  });
});

describe('a stalled transaction and the fault queue', () => {
  test('is read, answered, and resumed', () => {
    const setup = ready({}, makeDevice('0000:00:04.0', 0x20, { canStall: true }));
    allocVdevice(setup, setup.viommu, VSID);
    const { out } = call(setup.iommufd, IOMMU_FAULT_QUEUE_ALLOC, STRUCT_FAULT_ALLOC, {});
    const { id } = allocVste(setup, setup.viommu, [GUEST[0], GUEST[1] & ~(1n << 27n)], { flags: 4, fault_id: out.out_fault_id });
    expect(setup.iommufd.attach(setup.deviceId, id)).toBe(id);
    setup.host.mark();
    setup.host.raise(translation(0x5000n, STALL | 7n));
    const fault = decodeStruct(STRUCT_HWPT_PGFAULT, setup.iommufd.readFile(out.out_fault_fd, 40) as Uint8Array);
    expect(fault).toMatchObject({ dev_id: setup.deviceId, grpid: 7, addr: 0x5000n, cookie: 1 });
    expect(setup.iommufd.writeFile(out.out_fault_fd, encodeStruct(STRUCT_HWPT_PAGE_RESPONSE, { cookie: 1, code: 0 }))).toBe(8);
    expect(setup.host.names()).toEqual(['RESUME']);
  });
});
