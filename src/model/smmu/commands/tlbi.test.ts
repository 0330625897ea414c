import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldValues } from '../../spec/layout.ts';
import type { TlbiScope } from '../cache-maintenance.ts';
import { CERROR } from '../../spec/commands.ts';
import { CMDQEN, EVENTQEN, FULL, TestMachine, withIdr0, withIdr3 } from './test-machine.ts';

const VMID = 0xa55a;
const ASID = 0xc33c;
const VA = 0xfffe_dcba_9876_5000n;

const NOTHING: Omit<TlbiScope, 'op'> = {
  vmid: 0,
  vmidMask: 0xffff,
  asid: 0,
  addressLo: 0,
  addressHi: 0,
  leaf: false,
  ttl: 0,
  tg: 0,
  num: 0,
  scale: 0,
};

function scopeOf(name: string, fields: FieldValues, machine = new TestMachine().start()): unknown {
  expect(machine.run(name, fields)).toBe(CERROR.NONE);
  expect(machine.caches.calls).toHaveLength(1);
  return machine.caches.calls[0];
}

const illegal = (name: string, fields: FieldValues, id = FULL): void => {
  const machine = new TestMachine(id).start();
  expect(machine.run(name, fields)).toBe(CERROR.ILL);
  expect(machine.caches.calls).toEqual([]);
};

const ADDRESS = { addressLo: 0x9876_5000 | 0, addressHi: 0xfffe_dcba | 0 };

describe('CMD_TLBI_* (IHI 0070 4.4) [command.CMD_TLBI_EL2_ALL] [command.CMD_TLBI_EL2_VAA] [command.CMD_TLBI_EL2_VA] [command.CMD_TLBI_EL2_ASID]', () => {
  test.each<[string, FieldValues, Partial<TlbiScope>]>([
    ['NH_ALL', { VMID }, { vmid: VMID }],
    ['NH_ASID', { VMID, ASID }, { vmid: VMID, asid: ASID }],
    ['NH_VA', { VMID, ASID, Address: VA, Leaf: true }, { vmid: VMID, asid: ASID, ...ADDRESS, leaf: true }],
    ['NH_VA', { VMID, ASID, Address: VA }, { vmid: VMID, asid: ASID, ...ADDRESS }],
    ['NH_VAA', { VMID, Address: VA, Leaf: true }, { vmid: VMID, ...ADDRESS, leaf: true }],
    ['EL2_ALL', {}, {}],
    ['EL2_ASID', { ASID }, { asid: ASID }],
    ['EL2_VA', { ASID, Address: VA, Leaf: true }, { asid: ASID, ...ADDRESS, leaf: true }],
    ['EL2_VAA', { Address: VA }, ADDRESS],
    ['S12_VMALL', { VMID }, { vmid: VMID }],
    [
      'S2_IPA',
      { VMID, Address: 0xf_edcb_a987_6000n, Leaf: true },
      { vmid: VMID, addressHi: 0xfedcb, addressLo: 0xa987_6000 | 0, leaf: true },
    ],
    ['NSNH_ALL', {}, {}],
  ])('CMD_TLBI_%s says what it covers and no more', (op, fields, expected) => {
    expect(scopeOf(`CMD_TLBI_${op}`, fields)).toEqual(['tlbi', { ...NOTHING, op, ...expected }]);
  });

  test('4.4.1: bits of other commands are not read: NH_ALL has no ASID and no address', () => {
    const machine = new TestMachine().start();
    expect(machine.runWords(Int32Array.of(0x03fff010, 0xffff_0007 | 0, -1, -1))).toBe(CERROR.NONE);
    expect(machine.caches.calls).toEqual([['tlbi', { ...NOTHING, op: 'NH_ALL', vmid: 7 }]]);
  });

  test('6.3.9: VMW makes the VMID match without its least significant bits [register.CR0.VMW]', () => {
    const machine = new TestMachine().start();
    machine.write('CR0', CMDQEN | EVENTQEN | (3 << 6));
    expect(scopeOf('CMD_TLBI_NH_ALL', { VMID }, machine)).toEqual(['tlbi', { ...NOTHING, op: 'NH_ALL', vmid: VMID, vmidMask: 0xfff8 }]);
  });

  test("3.17: without stage 2 no entry has a VMID, and the command's does not count", () => {
    const machine = new TestMachine(withIdr0(FULL, 0, false)).start();
    expect(scopeOf('CMD_TLBI_NH_ALL', { VMID }, machine)).toEqual(['tlbi', { ...NOTHING, op: 'NH_ALL' }]);
  });
});

describe('ranges and levels (IHI 0070 4.4.1.1)', () => {
  const RANGE: FieldValues = { VMID, ASID, Address: VA, TG: 1, NUM: 31, SCALE: 0x2a, TTL: 3 };
  const WHOLE = { ...NOTHING, ...ADDRESS, vmid: VMID, asid: ASID };

  test.each(['NH_VA', 'NH_VAA', 'EL2_VA', 'EL2_VAA', 'S2_IPA'])('CMD_TLBI_%s has a range with a 6-bit SCALE [gotcha.30]', (op) => {
    const fields: FieldValues = { Address: 0x1000n, TG: 3, NUM: 5, SCALE: 0x3f, TTL: 2 };
    const range = { addressLo: 0x1000, tg: 3, num: 5, scale: 0x3f, ttl: 2 };
    expect(scopeOf(`CMD_TLBI_${op}`, fields)).toEqual(['tlbi', { ...NOTHING, op, ...range }]);
  });

  test('without RIL the bits are RES0 [register.IDR3.RIL]', () => {
    const machine = new TestMachine(withIdr3(FULL, 10, false)).start();
    expect(scopeOf('CMD_TLBI_NH_VA', RANGE, machine)).toEqual(['tlbi', { ...WHOLE, op: 'NH_VA' }]);
  });

  test('TG = 0 is one address, whatever the other bits', () => {
    expect(scopeOf('CMD_TLBI_NH_VA', { ...RANGE, TG: 0 })).toEqual(['tlbi', { ...WHOLE, op: 'NH_VA' }]);
  });

  test('TG with NUM, SCALE and TTL all 0 is reserved: CERROR_ILL [gotcha.30]', () => {
    for (const TG of [1, 2, 3]) illegal('CMD_TLBI_NH_VA', { TG });
    illegal('CMD_TLBI_S2_IPA', { TG: 1 });
  });

  test('the same combination is one address when RIL is absent', () => {
    const machine = new TestMachine(withIdr3(FULL, 10, false)).start();
    expect(scopeOf('CMD_TLBI_NH_VA', { TG: 1 }, machine)).toEqual(['tlbi', { ...NOTHING, op: 'NH_VA' }]);
  });

  test('16K with TTL = 1 acts as TTL = 0, and so can be the reserved combination', () => {
    expect(scopeOf('CMD_TLBI_NH_VA', { TG: 2, TTL: 1, NUM: 1 })).toEqual(['tlbi', { ...NOTHING, op: 'NH_VA', tg: 2, num: 1 }]);
    illegal('CMD_TLBI_NH_VA', { TG: 2, TTL: 1 });
  });

  test('with DS a 16K block at level 1 exists, and the hint stays', () => {
    const machine = new TestMachine({ ...FULL, IDR5: FULL.IDR5 | 0x80 }).start();
    expect(scopeOf('CMD_TLBI_NH_VA', { TG: 2, TTL: 1 }, machine)).toEqual(['tlbi', { ...NOTHING, op: 'NH_VA', tg: 2, ttl: 1 }]);
  });

  test('any legal range arrives as written', () => {
    const fields = fc.record({ TG: fc.integer({ min: 1, max: 3 }), NUM: fc.nat(31), SCALE: fc.nat(63), TTL: fc.constantFrom(0, 2, 3) });
    fc.assert(
      fc.property(fields, (range) => {
        fc.pre(range.NUM !== 0 || range.SCALE !== 0 || range.TTL !== 0);
        const expected = { tg: range.TG, num: range.NUM, scale: range.SCALE, ttl: range.TTL };
        expect(scopeOf('CMD_TLBI_NH_VAA', range)).toEqual(['tlbi', { ...NOTHING, op: 'NH_VAA', ...expected }]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('CERROR_ILL of TLBI (IHI 0070 4.1.3)', () => {
  test.each(['NH_ALL', 'NH_ASID', 'NH_VA', 'NH_VAA'])('CMD_TLBI_%s without stage 1 [register.IDR0.S1P]', (op) =>
    illegal(`CMD_TLBI_${op}`, {}, withIdr0(FULL, 1, false)),
  );
  test.each(['S12_VMALL', 'S2_IPA'])('CMD_TLBI_%s without stage 2 [register.IDR0.S2P]', (op) => illegal(`CMD_TLBI_${op}`, {}, withIdr0(FULL, 0, false)));
  test.each(['EL2_ALL', 'EL2_ASID', 'EL2_VA', 'EL2_VAA'])('CMD_TLBI_%s without Hyp [register.IDR0.Hyp]', (op) =>
    illegal(`CMD_TLBI_${op}`, {}, withIdr0(FULL, 9, false)),
  );

  test('CMD_TLBI_NSNH_ALL needs neither stage 1 nor stage 2', () => {
    expect(new TestMachine(withIdr0(FULL, 1, false)).start().run('CMD_TLBI_NSNH_ALL')).toBe(CERROR.NONE);
    expect(new TestMachine(withIdr0(FULL, 0, false)).start().run('CMD_TLBI_NSNH_ALL')).toBe(CERROR.NONE);
  });

  test('4.1.6: bit 10 is no SSec in a TLBI command and is ignored', () => {
    expect(new TestMachine().start().runWords(Int32Array.of(0x430, 0, 0, 0))).toBe(CERROR.NONE);
  });
});
