import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNamed } from '../../spec/layout.ts';
import { REGISTERS } from '../../spec/registers.ts';
import { at, CMDQEN, EVENTQEN, FULL, MINIMUM, PRIQEN, SMMUEN, TestMachine, withIdr0 } from '../commands/test-machine.ts';
import { REGISTER_BYTES } from './register-store.ts';

const WITHOUT_ATOS = withIdr0(withIdr0(FULL, 15, false), 20, false);

describe('access (IHI 0070 6.2)', () => {
  test('a 64-bit register is written at once or by halves, and reads both ways', () => {
    const machine = new TestMachine();
    machine.write64('STRTAB_BASE', 0x4000_1234_5678_9ac0n);
    expect(machine.registers.read32(at('STRTAB_BASE'))).toBe(0x5678_9ac0);
    expect(machine.registers.read32(at('STRTAB_BASE') + 4)).toBe(0x4000_1234);
    machine.registers.write32(at('STRTAB_BASE') + 4, 1);
    expect(machine.registers.read64(at('STRTAB_BASE'))).toBe(0x0000_0001_5678_9ac0n);
    expect(machine.takeMisuses()).toEqual([]);
  });

  test('a 64-bit access over two 32-bit registers is RAZ/WI and says so', () => {
    const machine = new TestMachine();
    machine.registers.write64(at('CMDQ_PROD'), 0x5_0000_0007n);
    expect(machine.peek('CMDQ_PROD')).toBe(0);
    expect(machine.registers.read64(at('IDR0'))).toBe(0n);
    expect(machine.takeMisuses()).toEqual(['split-access', 'split-access']);
    expect(machine.consumptions).toBe(0);
  });

  test('a 64-bit access to the second half of a 64-bit register is unaligned', () => {
    const machine = new TestMachine();
    machine.registers.write64(at('STRTAB_BASE') + 4, -1n);
    expect(machine.registers.read64(at('STRTAB_BASE'))).toBe(0n);
    expect(machine.takeMisuses()).toEqual(['unaligned-access']);
  });

  test('unaligned accesses and accesses outside both pages are RAZ/WI', () => {
    const machine = new TestMachine();
    machine.registers.write32(at('CR0') + 2, 0xf);
    expect(machine.peek('CR0')).toBe(0);
    expect(machine.registers.read32(at('IDR0') + 1)).toBe(0);
    expect(machine.takeMisuses()).toEqual(['unaligned-access', 'unaligned-access']);
    machine.registers.write32(REGISTER_BYTES, 1);
    expect(machine.registers.read32(REGISTER_BYTES)).toBe(0);
    expect(machine.registers.read32(-4)).toBe(0);
    expect(machine.takeMisuses()).toEqual(['reserved-register', 'reserved-register', 'reserved-register']);
  });

  test.each([0x34, 0x200, 0xe00, 0x4000, 0x8000, 0xfffc, 0x10000, 0x10020, 0x1fffc])('offset %i without a register is RES0', (offset) => {
    const machine = new TestMachine();
    machine.registers.write32(offset, -1);
    expect(machine.registers.read32(offset)).toBe(0);
    expect(machine.registers.read64(offset & ~7)).toBe(0n);
    expect(machine.takeMisuses()).toEqual(['reserved-register']);
  });

  test('every writable bit reads back, every other bit reads 0 [register.STATUSR.DORMANT] [register.GBPA.*]', () => {
    for (const register of REGISTERS.values()) {
      if (register.access !== 'rw' || register.needs !== undefined || register.id === 'CR0') continue;
      const machine = new TestMachine();
      for (let offset = register.offset; offset < register.offset + register.bytes; offset += 4) machine.registers.write32(offset, -1);
      for (const field of register.fields) {
        const word = machine.registers.peek(register.offset + (field.lo >>> 5) * 4);
        const top = (word >>> (field.lo & 31)) & 1;
        const absent = !isNamed(field) || field.needs === 'BTM' || field.needs === 'ECMDQ' || field.since === 'v3.3' || field.since === 'v3.4';
        const truncated = register.id === 'CMDQ_CONS' || register.id === 'EVENTQ_PROD';
        if (!truncated || field.lo !== 0)
          expect(`${register.id}.${field.name}=${top}`).toBe(`${register.id}.${field.name}=${absent ? 0 : 1}`);
      }
    }
  });

  test('software can write anything anywhere without an exception, and no reserved bit ever reads 1', () => {
    const machine = new TestMachine();
    const offset = fc.oneof(fc.nat(0x20004), fc.constantFrom(...[...REGISTERS.values()].map((register) => register.offset)));
    fc.assert(
      fc.property(offset, fc.integer(), fc.boolean(), (where, value, wide) => {
        if (wide) machine.registers.write64(where, BigInt(value) << 7n);
        else machine.registers.write32(where, value);
        expect(machine.peek('CR0') & ~0x1df).toBe(0);
        expect(machine.peek('GBPA') >>> 31).toBe(0);
        expect(machine.peek('CR0ACK')).toBe(machine.peek('CR0'));
        expect(machine.peek('IRQ_CTRLACK')).toBe(machine.peek('IRQ_CTRL'));
      }),
      { numRuns: 1000 },
    );
  });

  test('peek leaves no trace, reads and writes do', () => {
    const machine = new TestMachine();
    machine.peek('IDR0');
    expect(machine.journal).toEqual([]);
    machine.registers.read32(at('AIDR'));
    machine.write('CR2', 2);
    machine.write64('EVENTQ_BASE', 0x1_0000_0020n);
    machine.registers.read64(at('EVENTQ_BASE'));
    expect(machine.journal).toEqual([
      ['register', false, at('AIDR'), 2, 0],
      ['register', true, at('CR2'), 2, 0],
      ['register', true, at('EVENTQ_BASE'), 0x20, 1],
      ['register', false, at('EVENTQ_BASE'), 0x20, 1],
    ]);
  });
});

describe('identification and reset (IHI 0070 6.3)', () => {
  test('identification registers read what the SMMU advertises and ignore writes [register.IIDR.*] [register.AIDR.*] [register.IDR2.*] [register.IDR6.*]', () => {
    const machine = new TestMachine();
    for (const name of ['IDR0', 'IDR1', 'IDR2', 'IDR3', 'IDR4', 'IDR5', 'IIDR', 'AIDR'] as const) {
      machine.write(name, ~FULL[name]);
      expect(machine.peek(name)).toBe(FULL[name]);
    }
    expect(new Set(machine.takeMisuses())).toEqual(new Set(['read-only-register']));
  });

  test("the CoreSight block has Arm's preamble [register.PIDR0.ID] [register.PIDR1.ID] [register.PIDR2.ID] [register.PIDR3.ID] [register.PIDR4.ID] [register.PIDR5.ID] [register.PIDR6.ID] [register.PIDR7.ID] [register.CIDR0.ID] [register.CIDR1.ID] [register.CIDR2.ID] [register.CIDR3.ID]", () => {
    const machine = new TestMachine();
    const bytes = Array.from({ length: 12 }, (_, i) => machine.registers.peek(0xfd0 + i * 4));
    expect(bytes).toEqual([0x04, 0, 0, 0, 0x84, 0xb4, 0xf0, 0x10, 0x0d, 0xf0, 0x05, 0xb1]);
  });

  test('registers with an UNKNOWN reset value are 0, GBPA takes incoming attributes', () => {
    const machine = new TestMachine();
    for (const register of REGISTERS.values()) {
      if (register.reset === 'constant') continue;
      expect([register.id, machine.registers.peek(register.offset)]).toEqual([register.id, register.id === 'GBPA' ? 0x1000 : 0]);
    }
  });

  test('reset brings every register back without a signal', () => {
    const machine = new TestMachine().start(4, CMDQEN | EVENTQEN | SMMUEN);
    machine.write('GBPA', 0x8010_0000);
    machine.registers.activateError('CMDQ_ERR');
    const [enables, interrupts] = [machine.enables.length, machine.interrupts.length];
    machine.registers.reset();
    const fresh = new TestMachine();
    for (let offset = 0; offset < REGISTER_BYTES; offset += 4) expect(machine.registers.peek(offset)).toBe(fresh.registers.peek(offset));
    expect(machine.registers.smmuEnabled).toBe(false);
    expect(machine.registers.gbpaAbort).toBe(false);
    expect([machine.enables.length, machine.interrupts.length]).toEqual([enables, interrupts]);
  });
});

describe('registers of features that are not advertised are RES0 (IHI 0070 6.2, 6.3)', () => {
  test.each([
    ['PRIQ_BASE', MINIMUM],
    ['PRIQ_PROD', MINIMUM],
    ['PRIQ_CONS', MINIMUM],
    ['PRIQ_IRQ_CFG0', MINIMUM],
    ['PRIQ_IRQ_CFG2', MINIMUM],
    ['GERROR_IRQ_CFG0', MINIMUM],
    ['EVENTQ_IRQ_CFG0', MINIMUM],
    ['EVENTQ_IRQ_CFG1', MINIMUM],
    ['EVENTQ_IRQ_CFG2', MINIMUM],
    ['GATOS_CTRL', WITHOUT_ATOS],
    ['GATOS_SID', WITHOUT_ATOS],
    ['GATOS_ADDR', WITHOUT_ATOS],
    ['GATOS_PAR', WITHOUT_ATOS],
    ['VATOS_SEL', WITHOUT_ATOS],
    ['S2PII', FULL],
    ['MPAMIDR', FULL],
    ['GMPAM', FULL],
    ['GBPMPAM', FULL],
    ['IDR6', FULL],
  ] as const)('%s', (name, id) => {
    const machine = new TestMachine(id);
    machine.write(name, -1);
    expect(machine.peek(name)).toBe(0);
    expect(machine.takeMisuses()).toEqual(['reserved-register']);
  });

  test('PRIQ_PROD and PRIQ_CONS have no alias in page 0 either [register.IDR0.PRI]', () => {
    const machine = new TestMachine(MINIMUM);
    machine.registers.write32(0xcc, 1);
    expect(machine.registers.peek(0xcc)).toBe(0);
  });

  test('with MPAM the partition registers follow the Update protocol', () => {
    const machine = new TestMachine({ ...FULL, IDR3: FULL.IDR3 | 0x80 });
    machine.write('GMPAM', 0x1234);
    expect(machine.peek('GMPAM')).toBe(0);
    machine.write('GMPAM', 0x8001_1234);
    expect(machine.peek('GMPAM')).toBe(0x1_1234);
  });
});

describe('page 1 (IHI 0070 6.2)', () => {
  test.each([
    ['EVENTQ_PROD', 0xa8],
    ['EVENTQ_CONS', 0xac],
    ['PRIQ_PROD', 0xc8],
    ['PRIQ_CONS', 0xcc],
  ] as const)('%s is also at its offset in page 0', (name, alias) => {
    const machine = new TestMachine();
    expect(at(name)).toBe(0x10000 + alias);
    machine.registers.write32(alias, 0x8000_0001);
    expect(machine.peek(name)).toBe(0x8000_0001);
    machine.write(name, 0);
    expect(machine.registers.read32(alias)).toBe(0);
  });

  test('the guard holds for the alias too', () => {
    const machine = new TestMachine().start();
    machine.registers.write32(0xa8, 3);
    expect(machine.peek('EVENTQ_PROD')).toBe(0);
    expect(machine.takeMisuses()).toEqual(['guarded-register']);
  });
});

describe('PRIQEN', () => {
  test('6.3.9.6: the PRI queue is effectively disabled while SMMUEN is 0 [register.CR0.PRIQEN]', () => {
    const machine = new TestMachine();
    machine.write('CR0', PRIQEN);
    expect(machine.registers.priQueueEnabled).toBe(false);
    machine.write('CR0', PRIQEN | SMMUEN);
    expect(machine.registers.priQueueEnabled).toBe(true);
  });
});
