import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromWords } from '../../base/address.ts';
import { indexMask } from '../queues/queue-index.ts';
import { CMDQEN, EVENTQEN, FULL, MINIMUM, SMMUEN, TestMachine } from '../commands/test-machine.ts';

const streamTable = (base: bigint, cfg: number, id = FULL) => {
  const machine = new TestMachine(id);
  machine.write64('STRTAB_BASE', base);
  machine.write('STRTAB_BASE_CFG', cfg);
  return machine.registers;
};
const baseOf = (base: bigint, cfg: number, id = FULL): bigint => {
  const registers = streamTable(base, cfg, id);
  return fromWords(registers.strtabBaseHi, registers.strtabBaseLo);
};
const twoLevel = (log2Size: number, split: number): number => (1 << 16) | (split << 6) | log2Size;

describe('STRTAB_BASE and STRTAB_BASE_CFG (IHI 0070 6.3.24, 6.3.25)', () => {
  test('ADDR is bits 51:6; RA and reserved bits are no address [register.STRTAB_BASE.ADDR] [register.STRTAB_BASE.RA]', () => {
    expect(baseOf(-1n, 0)).toBe(0xf_ffff_ffff_ffc0n);
  });

  test('a linear table is aligned to its size: LOG2SIZE + 6 bits', () => {
    expect(baseOf(0xf_ffff_ffff_ffc0n, 5)).toBe(0xf_ffff_ffff_f800n);
    expect(baseOf(0xf_ffff_ffff_ffc0n, 26)).toBe(0xf_ffff_0000_0000n);
    expect(baseOf(0xf_ffff_ffff_ffc0n, 32)).toBe(0xf_ffc0_0000_0000n);
    expect(baseOf(0xf_ffff_ffff_ffc0n, 63)).toBe(0n);
  });

  test('a two-level table is aligned to its L1STDs, at least to 64 bytes', () => {
    expect(baseOf(0xf_ffff_ffff_ffc0n, twoLevel(16, 8))).toBe(0xf_ffff_ffff_f800n);
    expect(baseOf(0xf_ffff_ffff_ffc0n, twoLevel(6, 10))).toBe(0xf_ffff_ffff_ffc0n);
  });

  test('the alignment goes by LOG2SIZE as written, lookups by at most SIDSIZE [gotcha.20]', () => {
    const registers = streamTable(0xf_ffff_ffff_ffc0n, 10, MINIMUM);
    expect(registers.strtabLog2Size).toBe(10);
    expect(registers.strtabEffective).toBe(6);
    expect(fromWords(registers.strtabBaseHi, registers.strtabBaseLo)).toBe(0xf_ffff_ffff_0000n);
  });

  test('any base ends up aligned as 6.3.24 says', () => {
    const log2 = fc.nat(63);
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 64n) - 1n), log2, fc.constantFrom(6, 8, 10), fc.boolean(), (base, size, split, two) => {
        const bits = BigInt(two ? Math.max(6, size - split + 3) : size + 6);
        const address = base & 0xf_ffff_ffff_ffc0n;
        expect(baseOf(base, two ? twoLevel(size, split) : size)).toBe((address >> bits) << bits);
      }),
      { numRuns: 200 },
    );
  });

  test('SPLIT is 6, 8 or 10; others act as 6', () => {
    const splits = [0, 5, 6, 7, 8, 9, 10, 11, 31].map((split) => streamTable(0n, twoLevel(16, split)).strtabSplit);
    expect(splits).toEqual([6, 6, 6, 6, 8, 6, 10, 6, 6]);
  });

  test('FMT = 1 is two-level, others are linear', () => {
    const formats = [0, 1, 2, 3].map((format) => streamTable(0n, format << 16).strtabTwoLevel);
    expect(formats).toEqual([false, true, false, false]);
  });

  test('without two-level tables FMT and SPLIT are RES0', () => {
    const machine = new TestMachine(MINIMUM);
    machine.write('STRTAB_BASE_CFG', -1);
    expect(machine.peek('STRTAB_BASE_CFG')).toBe(0x3f);
    expect(machine.registers.strtabTwoLevel).toBe(false);
  });

  test('a table base with bits below its alignment is told of when SMMUEN becomes 1', () => {
    const machine = new TestMachine();
    machine.write64('STRTAB_BASE', 0x4000_0040n);
    machine.write('STRTAB_BASE_CFG', 5);
    expect(machine.takeMisuses()).toEqual([]);
    machine.write('CR0', SMMUEN);
    expect(machine.takeMisuses()).toEqual(['misaligned-base']);
  });
});

describe('queue bases (IHI 0070 6.3.26, 6.3.29, 6.3.34) [register.CMDQ_BASE.*] [register.EVENTQ_BASE.*] [register.PRIQ_BASE.*]', () => {
  test.each([
    ['CMDQ', 'cmdq', 4],
    ['EVENTQ', 'eventq', 5],
    ['PRIQ', 'priq', 4],
  ] as const)('%s is aligned to its size, at least to 32 bytes', (name, key, log2Entry) => {
    for (const log2Size of [0, 1, 2, 10, 19]) {
      const machine = new TestMachine();
      machine.write64(`${name}_BASE`, 0xf_ffff_ffff_ffe0n | BigInt(log2Size));
      const queue = machine.registers[key];
      const bits = BigInt(Math.max(5, log2Size + log2Entry));
      expect(queue.log2Size).toBe(log2Size);
      expect(fromWords(queue.baseHi, queue.baseLo)).toBe((0xf_ffff_ffff_ffe0n >> bits) << bits);
    }
  });

  test('LOG2SIZE reads as written and counts as at most what IDR1 advertises [register.IDR1.CMDQS] [register.IDR1.EVENTQS] [register.IDR1.PRIQS]', () => {
    const machine = new TestMachine(MINIMUM);
    machine.write64('CMDQ_BASE', 0xffff_ff1fn);
    expect(machine.peek('CMDQ_BASE')).toBe(0xffff_ff1f);
    expect(machine.registers.cmdq.log2Size).toBe(4);
    expect(machine.registers.cmdq.baseLo).toBe(0xffff_ff00 | 0);
  });

  test.each([
    ['CMDQ_BASE', CMDQEN],
    ['EVENTQ_BASE', EVENTQEN],
  ] as const)('a %s with bits below its alignment is told of when the queue is enabled', (name, enable) => {
    const machine = new TestMachine();
    machine.write64(name, 0x4000_0100n | 10n);
    machine.write('CR0', enable);
    expect(machine.takeMisuses()).toEqual(['misaligned-base']);
    machine.write('CR0', 0);
    machine.write64(name, 0x4000_0000n | 10n);
    machine.write('CR0', enable);
    expect(machine.takeMisuses()).toEqual([]);
  });
});

describe('queue indexes (IHI 0070 6.3.27, 6.3.28, 6.3.30, 6.3.31)', () => {
  const size = fc.nat(18);
  const index = fc.nat(0xfffff);

  test('an index of the SMMU reads 0 above its wrap flag, one of software reads as written [register.CMDQ_PROD.WR] [register.CMDQ_CONS.RD] [register.EVENTQ_PROD.WR] [register.EVENTQ_CONS.RD] [register.PRIQ_PROD.WR] [register.PRIQ_CONS.RD]', () => {
    fc.assert(
      fc.property(size, index, (log2Size, value) => {
        const machine = new TestMachine();
        machine.write64('CMDQ_BASE', BigInt(log2Size));
        machine.write64('EVENTQ_BASE', BigInt(log2Size));
        for (const name of ['CMDQ_PROD', 'CMDQ_CONS', 'EVENTQ_PROD', 'EVENTQ_CONS']) machine.write(name, value);
        const truncated = value & indexMask(log2Size);
        expect([machine.peek('CMDQ_PROD'), machine.peek('EVENTQ_CONS')]).toEqual([value, value]);
        expect([machine.peek('CMDQ_CONS'), machine.peek('EVENTQ_PROD')]).toEqual([truncated, truncated]);
      }),
      { numRuns: 100 },
    );
  });

  test('a smaller LOG2SIZE truncates the index that is there', () => {
    const machine = new TestMachine();
    machine.write64('EVENTQ_BASE', 10n);
    machine.write('EVENTQ_PROD', 0x8000_07ff);
    expect(machine.peek('EVENTQ_PROD')).toBe(0x8000_07ff);
    machine.write64('EVENTQ_BASE', 3n);
    expect(machine.peek('EVENTQ_PROD')).toBe(0x8000_000f);
  });

  test('CMDQ_CONS.ERR is beside the index, and writable with it [register.CMDQ_CONS.ERR]', () => {
    const machine = new TestMachine();
    machine.write64('CMDQ_BASE', 4n);
    machine.write('CMDQ_CONS', -1);
    expect(machine.peek('CMDQ_CONS')).toBe(0x7f00_001f);
  });
});
