import { describe, expect, test } from 'vitest';
import { at, CMDQEN, EVENTQEN, FULL, PRIQEN, SMMUEN, TestMachine } from '../commands/test-machine.ts';
import { REGISTER_BYTES } from './register-store.ts';

/** Register, a value it can hold, the register with the enable, the enable. */
const GUARDED: readonly (readonly [string, number, string, number])[] = [
  ['CR2', 2, 'CR0', SMMUEN],
  ['STRTAB_BASE', 0x1000, 'CR0', SMMUEN],
  ['STRTAB_BASE_CFG', 5, 'CR0', SMMUEN],
  ['CMDQ_BASE', 0x1004, 'CR0', CMDQEN],
  ['CMDQ_CONS', 1, 'CR0', CMDQEN],
  ['EVENTQ_BASE', 0x1004, 'CR0', EVENTQEN],
  ['EVENTQ_PROD', 1, 'CR0', EVENTQEN],
  ['PRIQ_BASE', 0x1004, 'CR0', PRIQEN],
  ['PRIQ_PROD', 1, 'CR0', PRIQEN],
  ['GERROR_IRQ_CFG0', 0x1000, 'IRQ_CTRL', 1],
  ['GERROR_IRQ_CFG1', 0x1234, 'IRQ_CTRL', 1],
  ['GERROR_IRQ_CFG2', 1, 'IRQ_CTRL', 1],
  ['PRIQ_IRQ_CFG0', 0x1000, 'IRQ_CTRL', 2],
  ['PRIQ_IRQ_CFG1', 0x1234, 'IRQ_CTRL', 2],
  ['PRIQ_IRQ_CFG2', 0x8000_0001, 'IRQ_CTRL', 2],
  ['EVENTQ_IRQ_CFG0', 0x1000, 'IRQ_CTRL', 4],
  ['EVENTQ_IRQ_CFG1', 0x1234, 'IRQ_CTRL', 4],
  ['EVENTQ_IRQ_CFG2', 1, 'IRQ_CTRL', 4],
];

/** An image in which the acknowledgement still shows the enable although it is 0: an Update in flight. */
function withAcknowledgement(enable: string, bit: number): TestMachine {
  const machine = new TestMachine();
  const image = new Int32Array(REGISTER_BYTES / 4);
  image[at(`${enable}ACK`) / 4] = bit;
  machine.registers.restore(image);
  return machine;
}

describe('guards (IHI 0070 6.3): the enable and its acknowledgement are 0, or the write is ignored [gotcha.18]', () => {
  test.each(GUARDED)('%s is writable while its enable is 0', (name, value, enable, bit) => {
    const machine = new TestMachine();
    machine.write(enable, 0xf & ~bit);
    machine.write(name, value);
    expect(machine.peek(name)).toBe(value);
    expect(machine.takeMisuses()).toEqual([]);
  });

  test.each(GUARDED)('%s ignores writes while its enable is 1', (name, value, enable, bit) => {
    const machine = new TestMachine();
    machine.write(enable, bit);
    machine.write(name, value);
    expect(machine.peek(name)).toBe(0);
    expect(machine.takeMisuses()).toEqual(['guarded-register']);
  });

  test.each(GUARDED)('%s ignores writes while the acknowledgement is 1', (name, value, enable, bit) => {
    const machine = withAcknowledgement(enable, bit);
    machine.write(name, value);
    expect(machine.peek(name)).toBe(0);
  });

  test('before v3.2 a guarded write takes effect, with a diagnostic (6.2 leaves it open)', () => {
    const machine = new TestMachine({ ...FULL, AIDR: 1 });
    machine.write('CR0', SMMUEN);
    machine.write('STRTAB_BASE', 0x1000);
    expect(machine.peek('STRTAB_BASE')).toBe(0x1000);
    expect(machine.takeMisuses()).toEqual(['guarded-register']);
  });

  test('both halves of a 64-bit register are guarded', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN);
    machine.write64('STRTAB_BASE', -1n);
    machine.registers.write32(at('STRTAB_BASE') + 4, -1);
    expect(machine.registers.read64(at('STRTAB_BASE'))).toBe(0n);
  });

  test('CMDQ_PROD, EVENTQ_CONS and PRIQ_CONS are always writable [gotcha.19]', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN | PRIQEN | EVENTQEN | CMDQEN);
    for (const name of ['CMDQ_PROD', 'EVENTQ_CONS', 'PRIQ_CONS']) {
      machine.write(name, 0xabcde);
      expect([name, machine.peek(name)]).toEqual([name, 0xabcde]);
    }
  });

  test('rewriting the value that a guarded register has is no reason for a diagnostic', () => {
    const machine = new TestMachine();
    machine.write('CR2', 2);
    machine.write('CR0', SMMUEN);
    machine.write('CR2', 2);
    expect(machine.takeMisuses()).toEqual([]);
  });

  test('the misuse names the register', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN);
    machine.write('CR2', 2);
    expect(machine.misuses).toEqual([{ id: 'guarded-register', place: 'register', address: 0x2cn, write: true }]);
  });
});

describe('CR1 (IHI 0070 6.3.11) is guarded field by field [register.CR1.QUEUE_IC] [register.CR1.QUEUE_OC] [register.CR1.QUEUE_SH] [register.CR1.TABLE_IC] [register.CR1.TABLE_OC] [register.CR1.TABLE_SH]', () => {
  const QUEUE = 0x03f;
  const TABLE = 0xfc0;

  test('TABLE_* by SMMUEN', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN);
    machine.write('CR1', -1);
    expect(machine.peek('CR1')).toBe(QUEUE);
  });

  test.each([
    ['EVENTQEN', EVENTQEN],
    ['CMDQEN', CMDQEN],
    ['PRIQEN', PRIQEN],
  ] as const)('QUEUE_* by %s', (_, enable) => {
    const machine = new TestMachine();
    machine.write('CR0', enable);
    machine.write('CR1', -1);
    expect(machine.peek('CR1')).toBe(TABLE);
    machine.write('CR0', 0);
    machine.write('CR1', -1);
    expect(machine.peek('CR1')).toBe(QUEUE | TABLE);
  });
});

describe('presets (IHI 0070 6.3.2)', () => {
  const preset = (bit: number) => new TestMachine({ ...FULL, IDR1: (FULL.IDR1 | (1 << bit)) >>> 0 });

  test('TABLES_PRESET fixes STRTAB_BASE and STRTAB_BASE_CFG only [register.IDR1.TABLES_PRESET]', () => {
    const machine = preset(30);
    machine.write('STRTAB_BASE', 0x1000);
    machine.write('STRTAB_BASE_CFG', 5);
    machine.write('CMDQ_BASE', 0x1000);
    expect([machine.peek('STRTAB_BASE'), machine.peek('STRTAB_BASE_CFG'), machine.peek('CMDQ_BASE')]).toEqual([0, 0, 0x1000]);
    expect(machine.takeMisuses()).toEqual(['read-only-register', 'read-only-register']);
  });

  test('QUEUES_PRESET fixes the bases of the queues only [register.IDR1.QUEUES_PRESET]', () => {
    const machine = preset(29);
    for (const name of ['CMDQ_BASE', 'EVENTQ_BASE', 'PRIQ_BASE']) machine.write(name, 0x1000);
    machine.write('STRTAB_BASE', 0x1000);
    machine.write('EVENTQ_IRQ_CFG0', 0x1000);
    expect(['CMDQ_BASE', 'EVENTQ_BASE', 'PRIQ_BASE'].map((name) => machine.peek(name))).toEqual([0, 0, 0]);
    expect([machine.peek('STRTAB_BASE'), machine.peek('EVENTQ_IRQ_CFG0')]).toEqual([0x1000, 0x1000]);
  });
});
