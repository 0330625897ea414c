import { describe, expect, test } from 'vitest';
import { CMDQEN, EVENTQ_AT, EVENTQEN, FULL, MINIMUM, NOWHERE, RAM, TestMachine } from '../commands/test-machine.ts';

const DOORBELL = RAM + 0x8000n;
const EVENT = new Int32Array(8).fill(2);

/** MSI addresses set while their enables are 0, then queues and interrupts on. */
function started(source: string, address: bigint, data: number, id = FULL): TestMachine {
  const machine = new TestMachine(id);
  machine.write64(`${source}_IRQ_CFG0`, address);
  machine.write(`${source}_IRQ_CFG1`, data);
  return machine.start();
}

const msis = (machine: TestMachine) => machine.journal.filter(([kind]) => kind === 'msi');
const at = (machine: TestMachine, address: bigint) => machine.memory.read32(address);

describe('interrupts of a source as an MSI (IHI 0070 3.18)', () => {
  test('EVENTQ: one write when the queue stops being empty, after the record and the index [register.EVENTQ_IRQ_CFG0.ADDR] [register.EVENTQ_IRQ_CFG1.DATA] [gotcha.19]', () => {
    const machine = started('EVENTQ', DOORBELL, 0x1234_5678);
    let prod = -1;
    machine.onInterrupt = () => (prod = machine.peek('EVENTQ_PROD'));
    machine.eventQueue.record(EVENT);
    expect(at(machine, DOORBELL)).toBe(0x1234_5678);
    expect(prod).toBe(1);
    expect(at(machine, EVENTQ_AT)).toBe(2);
    machine.eventQueue.record(EVENT);
    expect(msis(machine)).toEqual([['msi', 0, 0, Number(DOORBELL), 0x1234_5678, 0]]);
  });

  test('nothing is written with an address of 0, without the enable, or without IDR0.MSI [register.IRQ_CTRL.EVENTQ_IRQEN]', () => {
    const silent = [started('EVENTQ', 0n, 1), started('EVENTQ', DOORBELL, 1, MINIMUM)];
    for (const machine of silent) {
      machine.eventQueue.record(EVENT);
      expect(machine.interrupts).toEqual(['EVENTQ']);
      expect(msis(machine)).toEqual([]);
    }
    const off = started('EVENTQ', DOORBELL, 1);
    off.write('IRQ_CTRL', 0);
    off.eventQueue.record(EVENT);
    expect([off.interrupts, msis(off)]).toEqual([[], []]);
  });

  test('GERROR: an error that becomes active [register.GERROR_IRQ_CFG0.ADDR] [register.GERROR_IRQ_CFG1.DATA] [register.IRQ_CTRL.GERROR_IRQEN] [gotcha.16]', () => {
    const machine = started('GERROR', DOORBELL, 7);
    machine.runWords(Int32Array.of(0xff, 0, 0, 0));
    expect(at(machine, DOORBELL)).toBe(7);
    machine.registers.activateError('CMDQ_ERR');
    expect(msis(machine)).toHaveLength(1);
  });

  test('an address above OAS is cut off (IHI 0070 3.4.3)', () => {
    const narrow = { ...FULL, IDR5: (FULL.IDR5 & ~7) | 1 };
    const machine = started('EVENTQ', DOORBELL | (1n << 40n), 5, narrow);
    machine.eventQueue.record(EVENT);
    expect(at(machine, DOORBELL)).toBe(5);
  });
});

describe('an MSI that memory refuses becomes a global error (IHI 0070 6.3.19)', () => {
  test('of EVENTQ: MSI_EVENTQ_ABT_ERR, with an interrupt of GERROR; the record stays [register.GERROR.MSI_EVENTQ_ABT_ERR]', () => {
    const machine = started('EVENTQ', NOWHERE, 1);
    machine.eventQueue.record(EVENT);
    expect(machine.registers.errorActive('MSI_EVENTQ_ABT_ERR')).toBe(true);
    expect(machine.interrupts).toEqual(['GERROR', 'EVENTQ']);
    expect(machine.peek('EVENTQ_PROD')).toBe(1);
    expect(machine.eventQueue.record(EVENT)).toBe(0);
  });

  test('of GERROR: MSI_GERROR_ABT_ERR, without an interrupt for itself [register.GERROR.MSI_GERROR_ABT_ERR]', () => {
    const machine = started('GERROR', NOWHERE, 1);
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect(machine.registers.errorActive('MSI_GERROR_ABT_ERR')).toBe(true);
    expect(machine.interrupts).toEqual(['GERROR']);
    expect(msis(machine)).toHaveLength(1);
  });

  test('of PRIQ: MSI_PRIQ_ABT_ERR [register.GERROR.MSI_PRIQ_ABT_ERR] [register.PRIQ_IRQ_CFG0.ADDR] [register.PRIQ_IRQ_CFG1.DATA] [register.IRQ_CTRL.PRIQ_IRQEN]', () => {
    const machine = started('PRIQ', NOWHERE, 1);
    machine.registers.signal('PRIQ');
    expect(machine.registers.errorActive('MSI_PRIQ_ABT_ERR')).toBe(true);
  });
});

describe('CMD_SYNC with CS = IRQ (IHI 0070 4.7.3) [command.CMD_SYNC.CS] [command.CMD_SYNC.MSIAddress] [command.CMD_SYNC.MSIData]', () => {
  test('writes its MSI once CONS has passed it, and IRQ_CTRL does not gate it', () => {
    const machine = new TestMachine().start();
    machine.write('IRQ_CTRL', 0);
    let cons = -1;
    machine.onInterrupt = () => (cons = machine.peek('CMDQ_CONS'));
    machine.run('CMD_SYNC', { CS: 1, MSIAddress: DOORBELL, MSIData: 0xabcd });
    expect(at(machine, DOORBELL)).toBe(0xabcd);
    expect(cons).toBe(1);
  });

  test('without IDR0.MSI there is the wire only', () => {
    const machine = new TestMachine(MINIMUM).start();
    machine.run('CMD_SYNC', { CS: 1, MSIAddress: DOORBELL, MSIData: 1 });
    expect([machine.interrupts, msis(machine)]).toEqual([['CMD_SYNC'], []]);
  });

  test('an address of 0 leaves the wire only; CS = SEV and none write nothing', () => {
    const machine = new TestMachine().start();
    machine.run('CMD_SYNC', { CS: 1, MSIAddress: 0n, MSIData: 1 });
    machine.run('CMD_SYNC', { CS: 2, MSIAddress: DOORBELL, MSIData: 1 });
    machine.run('CMD_SYNC', { CS: 0, MSIAddress: DOORBELL, MSIData: 1 });
    expect(machine.interrupts).toEqual(['CMD_SYNC']);
    expect(msis(machine)).toEqual([]);
  });

  test('an abort is MSI_CMDQ_ABT_ERR; the CMD_SYNC is complete and the queue goes on [register.GERROR.MSI_CMDQ_ABT_ERR]', () => {
    const machine = new TestMachine().start(4, CMDQEN | EVENTQEN);
    machine.run('CMD_SYNC', { CS: 1, MSIAddress: NOWHERE, MSIData: 1 });
    expect(machine.registers.errorActive('MSI_CMDQ_ABT_ERR')).toBe(true);
    machine.run('CMD_SYNC', {});
    expect(machine.peek('CMDQ_CONS')).toBe(2);
  });
});
