import { describe, expect, test } from 'vitest';
import { CERROR, COMMANDS } from '../../spec/commands.ts';
import { CMDQEN, FULL, MINIMUM, SMMUEN, TestMachine, withIdr0 } from './test-machine.ts';

const opcodes = Array.from({ length: 256 }, (_, opcode) => opcode);
const runOpcode = (opcode: number, id = FULL): number => new TestMachine(id).start().runWords(Int32Array.of(opcode, 0, 0, 0));

describe('opcodes (IHI 0070 4.1.3)', () => {
  test('every opcode that is no Non-secure command of this SMMU is CERROR_ILL', () => {
    const legal = opcodes.filter((opcode) => runOpcode(opcode) === CERROR.NONE);
    expect(legal).toEqual([
      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x12, 0x13, 0x20, 0x21, 0x22, 0x23, 0x28, 0x2a, 0x30, 0x40, 0x41, 0x44, 0x45, 0x46,
    ]);
  });

  test('an SMMU without ATS, PRI, Hyp or stalls has fewer', () => {
    const missing = opcodes.filter((opcode) => runOpcode(opcode, MINIMUM) === CERROR.ILL && runOpcode(opcode) === CERROR.NONE);
    expect(missing).toEqual(expect.arrayContaining([0x40, 0x41, 0x44, 0x45]));
  });

  test('every Non-secure command of the table has a handler or needs a feature that is absent', () => {
    const illegal = COMMANDS.cases.filter((record) => runOpcode(record.number) === CERROR.ILL);
    expect(illegal.filter((record) => record.needs === undefined).map((record) => record.id)).toEqual([]);
  });

  test('4.1.5: reserved bits that are set are ignored', () => {
    expect(new TestMachine().start().runWords(Int32Array.of(0xfffffb30 | 0, -1, -1, -1))).toBe(CERROR.NONE);
  });
});

describe('CMD_PREFETCH_* (IHI 0070 4.2) [command.CMD_PREFETCH_CONFIG] [command.CMD_PREFETCH_ADDR]', () => {
  test.each(['CMD_PREFETCH_CONFIG', 'CMD_PREFETCH_ADDR'])('%s is a hint that is passed on while SMMUEN is 1', (name) => {
    const machine = new TestMachine().start(4, CMDQEN | SMMUEN);
    expect(machine.run(name, { StreamID: 5 })).toBe(CERROR.NONE);
    expect(machine.prefetched).toMatchObject([{ sid: 5, ssidKey: 0, pages: name === 'CMD_PREFETCH_ADDR' ? 1 : 0 }]);
    expect(machine.caches.calls).toEqual([]);
  });

  test('CMD_PREFETCH_ADDR names 2^Size addresses, 2^(12 + Stride) bytes apart', () => {
    const machine = new TestMachine().start(4, CMDQEN | SMMUEN);
    machine.run('CMD_PREFETCH_ADDR', { StreamID: 5, SSV: 1, SubstreamID: 7, Size: 3, Stride: 9, Address: 0xffff_0000_1234_5000n });
    expect(machine.prefetched).toEqual([{ sid: 5, ssidKey: 8, pages: 8, address: 0xffff_0000_1234_5000n, distance: 0x20_0000n }]);
  });

  test('6.3.9.6: consumed without effect while SMMUEN is 0', () => {
    const machine = new TestMachine().start(4, CMDQEN);
    expect(machine.run('CMD_PREFETCH_CONFIG', { StreamID: 5 })).toBe(CERROR.NONE);
    expect(machine.prefetched).toEqual([]);
  });

  test.each(['CMD_PREFETCH_CONFIG', 'CMD_PREFETCH_ADDR'])('4.1.6: %s with SSec = 1 is CERROR_ILL', (name) => {
    expect(new TestMachine().start().run(name, { SSec: true })).toBe(CERROR.ILL);
  });
});

describe('commands to endpoints (IHI 0070 4.5)', () => {
  test('CMD_ATC_INV is CERROR_ILL without ATS, also while SMMUEN is 0 [command.CMD_ATC_INV] [register.IDR0.ATS]', () => {
    expect(new TestMachine(withIdr0(FULL, 10, false)).start().run('CMD_ATC_INV')).toBe(CERROR.ILL);
  });

  test('CMD_PRI_RESP is CERROR_ILL without PRI [command.CMD_PRI_RESP] [register.IDR0.PRI]', () => {
    expect(new TestMachine(withIdr0(FULL, 16, false)).start().run('CMD_PRI_RESP')).toBe(CERROR.ILL);
  });

  test('CMD_PRI_RESP with Resp = 3 is CERROR_ILL, the others are responses', () => {
    const verdicts = [0, 1, 2, 3].map((Resp) => new TestMachine().start().run('CMD_PRI_RESP', { Resp }));
    expect(verdicts).toEqual([CERROR.NONE, CERROR.NONE, CERROR.NONE, CERROR.ILL]);
  });

  test('without endpoints both are consumed without effect', () => {
    const machine = new TestMachine().start(4, CMDQEN | SMMUEN);
    expect(machine.run('CMD_ATC_INV', { StreamID: 1, Size: 52 })).toBe(CERROR.NONE);
    expect(machine.run('CMD_PRI_RESP', { StreamID: 1 })).toBe(CERROR.NONE);
    expect(machine.caches.calls).toEqual([]);
  });

  test('4.1.6: bit 10 is no SSec in either', () => {
    expect(new TestMachine().start().runWords(Int32Array.of(0x440, 0, 0, 0))).toBe(CERROR.NONE);
    expect(new TestMachine().start().runWords(Int32Array.of(0x441, 0, 0, 0))).toBe(CERROR.NONE);
  });
});

describe('CMD_RESUME and CMD_STALL_TERM (IHI 0070 4.7.1, 4.7.2)', () => {
  test.each(['CMD_RESUME', 'CMD_STALL_TERM'])('%s for nothing that is stalled is no error', (name) => {
    expect(new TestMachine().start().run(name, { StreamID: 1 })).toBe(CERROR.NONE);
  });

  test.each(['CMD_RESUME', 'CMD_STALL_TERM'])('%s is CERROR_ILL where nothing can stall, legal where everything does [register.IDR0.STALL_MODEL]', (name) => {
    const stallModel = (value: number) => ({ ...FULL, IDR0: ((FULL.IDR0 & ~(3 << 24)) | (value << 24)) >>> 0 });
    expect(new TestMachine(stallModel(1)).start().run(name)).toBe(CERROR.ILL);
    expect(new TestMachine(stallModel(2)).start().run(name)).toBe(CERROR.NONE);
  });

  test.each(['CMD_RESUME', 'CMD_STALL_TERM'])('4.1.6: %s with SSec = 1 is CERROR_ILL', (name) => {
    expect(new TestMachine().start().run(name, { SSec: true })).toBe(CERROR.ILL);
  });
});
