import { describe, expect, test } from 'vitest';
import { CD, CERROR } from '../../../spec/index.ts';
import { ERRNO } from '../../errno.ts';
import { CD_AT, GOOD_CD, NOWHERE, S1_STE } from '../test-guest.ts';
import { QEMU_V10 } from './policy.ts';
import { vfioGuest } from './test-assigned.ts';

const SET = 'SET_PASID_TABLE TRANSLATE 0x40040000';
const ARCHID_LEAF = 6;

/** A guest with one device whose stream translates already. */
function translating() {
  const { guest, devices } = vfioGuest(QEMU_V10, 8);
  guest.ste(8, S1_STE);
  guest.commands(['CMD_CFGI_STE', { StreamID: 8, Leaf: true }]);
  const [device] = devices;
  device!.asked();
  return { guest, device: device! };
}

describe('b.3 CFGI_STE: flush, decode STE and CD, SET_PASID_TABLE', () => {
  test('S1: TRANSLATE with the context pointer; bypass: BYPASS; abort: ABORT', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8);
    for (const [fields, asked] of [
      [S1_STE, SET],
      [{ V: true, Config: 4 }, 'SET_PASID_TABLE BYPASS 0x0'],
      [{ V: true, Config: 0 }, 'SET_PASID_TABLE ABORT 0x0'],
    ] as const) {
      guest.ste(8, fields);
      expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }], ['CMD_SYNC'])).toBe(0);
      expect(devices[0]!.asked()).toEqual([asked]);
    }
  });

  test('b.4 step 3: the bytes of the ioctl', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8);
    guest.ste(8, S1_STE);
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    const [{ cmd, bytes }] = devices[0]!.container.take() as [{ cmd: number; bytes: Uint8Array }];
    expect(cmd).toBe(0x3b76);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '28000000' +
        '01000000' +
        '20000000' +
        '01000000' +
        '0000044000000000' +
        '01000000' +
        '00' +
        '01' +
        '0000' +
        '01000000' +
        '00' +
        '00' +
        '0000',
    );
  });

  test('a StreamID without an assigned device has no effect', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8);
    guest.ste(9, S1_STE);
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 9 }])).toBe(0);
    expect(devices[0]!.asked()).toEqual([]);
  });

  test('a second CFGI_STE while in TRANSLATE: the host refuses, QEMU says so, the guest sees success', () => {
    const { guest, device } = translating();
    device.container.results.push(-ERRNO.EINVAL);
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }], ['CMD_SYNC'])).toBe(0);
    expect(device.asked()).toEqual([SET]);
    expect(guest.dropped().at(-1)).toMatchObject({
      action: 'SET_PASID_TABLE',
      result: -22,
      dropped: 'Failed to pass PASID table to host: -EINVAL (invalid argument)',
    });
  });
});

describe('b.3: if STE or CD decode fails, no ioctl is issued', () => {
  test.each([
    ['V is 0', {}],
    ['stage 2 is not implemented', { V: true, Config: 7, S1ContextPtr: CD_AT }],
    ['S1CDMax above 0 is not implemented', { ...S1_STE, S1CDMax: 1 }],
    ['S1STALLD is not implemented', { ...S1_STE, S1STALLD: true }],
    ['the CD is outside RAM', { ...S1_STE, S1ContextPtr: NOWHERE }],
  ])('%s', (why, ste) => {
    const { guest, device } = translating();
    guest.ste(8, ste);
    expect(guest.commands(['CMD_CFGI_STE', { StreamID: 8 }])).toBe(0);
    expect(device.asked()).toEqual([]);
    expect(guest.dropped().at(-1)?.dropped).toContain(why);
  });

  test.each([
    ['V is 0', { V: false }],
    ['AA64 is 0', { AA64: false }],
    ['A is 0', { A: false }],
    ['S is 1', { S: true }],
    ['HA or HD is 1', { HA: true }],
    ['HA or HD is 1', { HD: true }],
    ['the size of TTB0 is 15', { T0SZ: 15 }],
    ['the size of TTB0 is 40', { T0SZ: 40 }],
    ['the size of TTB1 is 0', { EPD1: false, TG1: 2 }],
    ['the granule of TTB0 is reserved', { TG0: 3 }],
    ['the granule of TTB1 is reserved', { EPD1: false, T1SZ: 16 }],
    ['ENDI is 1', { ENDI: 1 }],
    ['TTB0 is beyond 44 bits', { TTB0: 1n << 44n }],
    ['TTB0 is beyond 32 bits', { IPS: 0, TTB0: 1n << 32n }],
  ])('CD: %s', (why, cd) => {
    const { guest, device } = translating();
    guest.structure(CD, CD_AT, { ...GOOD_CD, ...cd });
    guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
    expect(device.asked()).toEqual([]);
    expect(guest.dropped().at(-1)?.dropped).toContain(why);
  });

  test('T0SZ 16 and 39 are the ends of what is accepted, and a disabled half is not looked at', () => {
    const { guest, device } = translating();
    for (const cd of [{ T0SZ: 16 }, { T0SZ: 39 }, { EPD0: true, T0SZ: 63, TG0: 3 }]) {
      guest.structure(CD, CD_AT, { ...GOOD_CD, ...cd });
      guest.commands(['CMD_CFGI_STE', { StreamID: 8 }]);
      expect(device.asked()).toEqual([SET]);
    }
  });
});

describe('b.3 CFGI_STE_RANGE and CFGI_ALL: only for StreamIDs in the configuration cache', () => {
  test('CFGI_ALL at boot tells the host nothing, and says whom it missed', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8, 9);
    guest.ste(8, S1_STE);
    guest.commands(['CMD_CFGI_STE_RANGE', { Range: 31 }]);
    expect(devices.map((device) => device.asked())).toEqual([[], []]);
    expect(guest.dropped()).toMatchObject([{ action: 'CMD_CFGI_ALL', dropped: 'not in the configuration cache: device-8, device-9' }]);
  });

  test('a stream that was configured is configured anew; the range counts', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_CFGI_STE_RANGE', { StreamID: 16, Range: 3 }]);
    expect(device.asked()).toEqual([]);
    guest.commands(['CMD_CFGI_STE_RANGE', { StreamID: 0, Range: 2 }]);
    expect(device.asked()).toEqual([]);
    guest.commands(['CMD_CFGI_STE_RANGE', { StreamID: 0, Range: 3 }]);
    expect(device.asked()).toEqual([SET]);
    guest.commands(['CMD_CFGI_STE_RANGE', { Range: 31 }]);
    expect(device.asked()).toEqual([SET]);
  });
});

describe('b.3 CFGI_CD and CFGI_CD_ALL: only the cache of QEMU', () => {
  test.each(['CMD_CFGI_CD', 'CMD_CFGI_CD_ALL'])('%s: nothing reaches the host', (name) => {
    const { guest, device } = translating();
    expect(guest.commands([name, { StreamID: 8 }])).toBe(0);
    expect(device.asked()).toEqual([]);
    expect(guest.dropped().map((record) => record.action)).toEqual([name]);
    guest.commands(['CMD_CFGI_STE_RANGE', { Range: 31 }]);
    expect(device.asked()).toEqual([]);
  });
});

describe('b.3 TLBIs', () => {
  test('NH_ASID: granularity PASID, ARCHID; once for each device', () => {
    const { guest, devices } = vfioGuest(QEMU_V10, 8, 9);
    guest.commands(['CMD_TLBI_NH_ASID', { ASID: 5 }]);
    for (const device of devices) expect(device.asked()).toEqual(['INVALIDATE PASID flags 2 archid 0x5']);
  });

  test.each(['CMD_TLBI_NH_ALL', 'CMD_TLBI_NSNH_ALL'])('%s: granularity DOMAIN', (name) => {
    const { guest, device } = translating();
    guest.commands([name]);
    expect(device.asked()).toEqual(['INVALIDATE DOMAIN']);
  });

  test('NH_VA, RIL form: (NUM + 1) << SCALE granules in naturally aligned powers of two, one ioctl each', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x1000n, TG: 1, TTL: 3, NUM: 6, Leaf: true }]);
    const head = `INVALIDATE ADDR flags ${ARCHID_LEAF} archid 0x5`;
    expect(device.asked()).toEqual([`${head} addr 0x1000 1 x 0x1000`, `${head} addr 0x2000 2 x 0x1000`, `${head} addr 0x4000 4 x 0x1000`]);
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x20_0000n, TG: 3, NUM: 1, SCALE: 4 }]);
    expect(device.asked()).toEqual([`${head} addr 0x200000 32 x 0x10000`]);
  });

  test('NH_VA at the top of the address space ends', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { Address: 0xffff_ffff_ffff_f000n, TG: 1, NUM: 1 }]);
    expect(device.asked().map((one) => one.slice(one.indexOf('addr')))).toEqual([
      'addr 0xfffffffffffff000 1 x 0x1000',
      'addr 0x0 1 x 0x1000',
    ]);
  });

  test('Leaf is lost: a guest that asks for Leaf = 0 gets the LEAF flag all the same', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x20_0000n, TG: 1, SCALE: 9, Leaf: false }]);
    expect(device.asked()).toEqual([`INVALIDATE ADDR flags ${ARCHID_LEAF} archid 0x5 addr 0x200000 512 x 0x1000`]);
  });

  test('TTL is dropped: a block is invalidated as pages', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x20_0000n, TG: 1, TTL: 2, SCALE: 9, Leaf: true }]);
    expect(device.asked()[0]).toContain('512 x 0x1000');
  });

  test('NH_VA without RIL (TG = 0): dropped', () => {
    const { guest, device } = translating();
    expect(guest.commands(['CMD_TLBI_NH_VA', { ASID: 5, Address: 0x1000n, Leaf: true }], ['CMD_SYNC'])).toBe(0);
    expect(device.asked()).toEqual([]);
    expect(guest.dropped()).toMatchObject([
      { action: 'CMD_TLBI_NH_VA', dropped: 'Guest does not use range invalidation support, upgrade it!' },
    ]);
  });

  test('NH_VAA: as NH_VA of ASID -1, with ARCHID', () => {
    const { guest, device } = translating();
    guest.commands(['CMD_TLBI_NH_VAA', { Address: 0x1000n, TG: 1, TTL: 3 }]);
    expect(device.asked()).toEqual([`INVALIDATE ADDR flags ${ARCHID_LEAF} archid 0xffffffff addr 0x1000 1 x 0x1000`]);
  });

  test('an invalidation that fails is only logged', () => {
    const { guest, device } = translating();
    device.container.results.push(-ERRNO.EINVAL);
    expect(guest.commands(['CMD_TLBI_NH_ALL'], ['CMD_SYNC'])).toBe(0);
    expect(guest.dropped()).toMatchObject([{ action: 'CACHE_INVALIDATE', result: -22 }]);
  });
});

describe('b.3: the rest of the matrix', () => {
  test('CMD_SYNC: an interrupt if CS has its bit', () => {
    const { guest } = translating();
    guest.interrupts.length = 0;
    guest.commands(['CMD_SYNC', { CS: 0 }], ['CMD_SYNC', { CS: 2 }]);
    expect(guest.interrupts).toEqual([]);
    guest.commands(['CMD_SYNC', { CS: 1 }], ['CMD_SYNC', { CS: 3 }]);
    expect(guest.interrupts).toEqual(['CMD_SYNC', 'CMD_SYNC']);
  });

  test.each(['CMD_PREFETCH_CONFIG', 'CMD_PREFETCH_ADDR'])('%s: no-op', (name) => {
    const { guest, device } = translating();
    expect(guest.commands([name, { StreamID: 8 }])).toBe(0);
    expect(device.asked()).toEqual([]);
  });

  test.each([
    'CMD_ATC_INV',
    'CMD_PRI_RESP',
    'CMD_RESUME',
    'CMD_STALL_TERM',
    'CMD_TLBI_EL2_ALL',
    'CMD_TLBI_EL2_VA',
    'CMD_TLBI_EL2_VAA',
    'CMD_TLBI_EL2_ASID',
    'CMD_TLBI_EL3_ALL',
    'CMD_TLBI_EL3_VA',
    'CMD_TLBI_S12_VMALL',
    'CMD_TLBI_S2_IPA',
  ])('%s: unhandled, CONS advances', (name) => {
    const { guest, device } = translating();
    const before = guest.cons;
    expect(guest.commands([name])).toBe(0);
    expect(guest.cons).toBe(before + 1);
    expect(device.asked()).toEqual([]);
    expect(guest.dropped()).toMatchObject([{ action: name, dropped: 'unhandled: consumed without effect' }]);
  });

  test.each(['CMD_CFGI_STE', 'CMD_CFGI_STE_RANGE', 'CMD_CFGI_CD', 'CMD_CFGI_CD_ALL'])('%s with SSEC = 1: CERROR_ILL', (name) => {
    const { guest, device } = translating();
    const before = guest.cons;
    expect(guest.commands([name, { StreamID: 8, SSec: true }], ['CMD_SYNC'])).toBe(CERROR.ILL);
    expect(guest.cons).toBe(before);
    expect(device.asked()).toEqual([]);
    expect(guest.interrupts).toContain('GERROR');
  });

  test.each([0x00, 0x07, 0x50, 0x70, 0xff])('unknown opcode %i: CERROR_ILL', (opcode) => {
    const { guest } = translating();
    expect(guest.raw(Int32Array.of(opcode, 0, 0, 0))).toBe(CERROR.ILL);
  });

  test('after CERROR_ILL the queue waits for GERRORN, then goes on at the command', () => {
    const { guest, device } = translating();
    const at = guest.cons;
    guest.raw(Int32Array.of(0xff, 0, 0, 0));
    guest.commands(['CMD_TLBI_NH_ALL']);
    expect(device.asked()).toEqual([]);
    guest.memory.write64(0x4001_0000n + BigInt(at * 16), 0x46n);
    guest.write('GERRORN', 1);
    expect(device.asked()).toEqual(['INVALIDATE DOMAIN']);
  });

  test('a command queue outside RAM: CERROR_ABT', () => {
    const { guest } = translating();
    guest.write('CR0', 0);
    guest.write64('CMDQ_BASE', NOWHERE | 4n);
    guest.write('CR0', 8);
    guest.write('CMDQ_PROD', guest.cons + 1);
    expect(guest.smmu.registers.errorActive('CMDQ_ERR')).toBe(true);
    expect((guest.read('CMDQ_CONS') >>> 24) & 0x7f).toBe(CERROR.ABT);
  });
});
