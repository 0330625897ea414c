import { describe, expect, test } from 'vitest';
import { CERROR } from '../../../spec/index.ts';
import type { IdRegisters } from '../../../spec/index.ts';
import { decodeStruct } from '../../uapi/bytes.ts';
import { IOMMU_PASID_TABLE_CONFIG } from '../../uapi/vfio-v16/pasid-table.ts';
import { QEMU_V10_ID } from '../id-registers.ts';
import { NOWHERE, S1_STE, TestGuest } from '../test-guest.ts';
import { IDEAL } from './policy.ts';
import { FakeDevice, vfioGuest } from './test-assigned.ts';
import { VfioHost } from './vfio-host.ts';

const SET = 'SET_PASID_TABLE TRANSLATE 0x40040000';
const ABORT = 'SET_PASID_TABLE ABORT 0x0';
const BYPASS = 'SET_PASID_TABLE BYPASS 0x0';

function translating(...sids: readonly number[]) {
  const { guest, devices } = vfioGuest(IDEAL, 8, ...sids);
  guest.ste(8, S1_STE);
  guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
  for (const device of devices) device.asked();
  return { guest, device: devices[0]!, devices };
}

describe('configuration', () => {
  test('an STE that is not legal becomes ABORT, whatever was before', () => {
    for (const ste of [{}, { V: true, Config: 7 }]) {
      const { guest, device } = translating();
      guest.ste(8, ste);
      guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
      expect(device.asked()).toEqual([ABORT]);
    }
  });

  test('the CD is left to the physical SMMU', () => {
    const { guest, device } = translating();
    guest.ste(8, { ...S1_STE, S1ContextPtr: NOWHERE });
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(device.asked()).toEqual([ABORT, `SET_PASID_TABLE TRANSLATE 0x${NOWHERE.toString(16)}`]);
  });

  test('TRANSLATE upon TRANSLATE goes by way of ABORT', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(device.asked()).toEqual([ABORT, SET]);
  });

  test('what the host refused is not in force: the next TRANSLATE goes straight', () => {
    const { guest, devices } = vfioGuest(IDEAL, 8);
    guest.ste(8, S1_STE);
    devices[0]!.container.results.push(-22);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }], ['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(devices[0]!.asked()).toEqual([SET, SET]);
  });

  test('without substreams S1CDMax does not count; with them it is passed on', () => {
    const bits = (id: IdRegisters): number => {
      const device = new FakeDevice(8);
      const guest = new TestGuest((side) => new VfioHost(side, [device], IDEAL), 'OVFLG', id);
      guest.ste(8, { ...S1_STE, S1CDMax: 3 });
      device.container.take();
      guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
      return decodeStruct(IOMMU_PASID_TABLE_CONFIG, device.container.take()[0]!.bytes, 8).pasid_bits;
    };
    expect(bits(QEMU_V10_ID)).toBe(0);
    expect(bits({ ...QEMU_V10_ID, IDR1: QEMU_V10_ID.IDR1 | (8 << 6) })).toBe(3);
  });

  test('CFGI_CD and CFGI_CD_ALL configure a translating stream anew, which drops its CDs', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_CFGI_CD', { StreamID: 8 }], ['CMD_CFGI_CD_ALL', { StreamID: 8 }]);
    expect(device.asked()).toEqual([ABORT, SET, ABORT, SET]);
    guest.ste(8, { V: true, Config: 4 });
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }], ['CMD_CFGI_CD', { StreamID: 8 }]);
    expect(device.asked()).toEqual([BYPASS]);
  });

  test('CFGI_ALL reaches every stream, CFGI_STE_RANGE those of the range', () => {
    const { guest, devices } = translating(9);
    guest.ste(9, { V: true, Config: 4 });
    guest.commands(['CMD_CFGI_STE_RANGE', { StreamID: 9, Range: 0 }]);
    expect(devices.map((device) => device.asked())).toEqual([[], [BYPASS]]);
    guest.commands(['CMD_CFGI_STE_RANGE', { Range: 31 }]);
    expect(devices.map((device) => device.asked())).toEqual([[ABORT, SET], [BYPASS]]);
  });

  test('SMMUEN: bypass or abort by GBPA while it is 0, the STE when it becomes 1', () => {
    const { guest, device } = translating();
    guest.write('GBPA', 0x8010_0000);
    guest.write('GBPA', 0x8000_0000);
    expect(device.asked()).toEqual([]);
    guest.write('CR0', 12);
    expect(device.asked()).toEqual([BYPASS]);
    guest.write('GBPA', 0x8010_0000);
    expect(device.asked()).toEqual([ABORT]);
    guest.write('CR0', 13);
    expect(device.asked()).toEqual([SET]);
    guest.write('CR0', 12);
    expect(device.asked()).toEqual([ABORT]);
  });
});

describe('invalidation', () => {
  test('Leaf is what the guest said', () => {
    const { guest, device } = translating();
    const range = { ASID: 5, Address: 0x1000n, TG: 1, TTL: 3 };
    guest.commands(['CMD_TLBI_NH_VA', { ...range, Leaf: true }], ['CMD_TLBI_NH_VA', { ...range, Leaf: false }]);
    expect(device.asked().map((one) => one.slice(0, 23))).toEqual(['INVALIDATE ADDR flags 6', 'INVALIDATE ADDR flags 2']);
  });

  test('TTL makes the granule, so that the host sends the right level', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x20_0000n, TG: 1, TTL: 2, SCALE: 9, NUM: 1 }]);
    expect(device.asked()).toEqual([
      'INVALIDATE ADDR flags 2 archid 0x5 addr 0x200000 1 x 0x200000',
      'INVALIDATE ADDR flags 2 archid 0x5 addr 0x400000 1 x 0x200000',
    ]);
  });

  test('a range smaller than a block of its level takes the whole block', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x20_1000n, TG: 1, TTL: 2, NUM: 0 }]);
    expect(device.asked()).toEqual(['INVALIDATE ADDR flags 2 archid 0x5 addr 0x200000 1 x 0x200000']);
  });

  test.each([
    ['no level', 'CMD_TLBI_NH_VA', { TG: 1, NUM: 1 }],
    ['a level 1 block of 16K', 'CMD_TLBI_NH_VA', { TG: 2, TTL: 1 }],
    ['no range', 'CMD_TLBI_NH_VA', { Address: 0x1000n }],
    ['every ASID', 'CMD_TLBI_NH_VAA', { TG: 1, TTL: 3 }],
    ['everything', 'CMD_TLBI_NH_ALL', {}],
  ])('%s: the domain is flushed, as the uAPI has nothing narrower', (_, name, fields) => {
    const { guest, device } = translating();
    expect(guest.commands([name, fields])).toBe(0);
    expect(device.asked()).toEqual(['INVALIDATE DOMAIN']);
  });

  test('NH_ASID: granularity PASID', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_ASID', { ASID: 7 }]);
    expect(device.asked()).toEqual(['INVALIDATE PASID flags 2 archid 0x7']);
  });
});

describe('commands that the virtual ID registers do not promise are CERROR_ILL', () => {
  test.each([
    'CMD_ATC_INV',
    'CMD_PRI_RESP',
    'CMD_RESUME',
    'CMD_STALL_TERM',
    'CMD_TLBI_EL2_ALL',
    'CMD_TLBI_S12_VMALL',
    'CMD_TLBI_S2_IPA',
    'CMD_CFGI_VMS_PIDM',
  ])('%s', (name) => {
    expect(translating().guest.commands([name])).toBe(CERROR.ILL);
  });

  test('reserved encodings too: CS = 3, and a range of TTL, NUM and SCALE 0', () => {
    expect(translating().guest.commands(['CMD_SYNC', { CS: 3 }])).toBe(CERROR.ILL);
    expect(translating().guest.commands(['CMD_TLBI_NH_VA', { TG: 1 }])).toBe(CERROR.ILL);
  });
});
