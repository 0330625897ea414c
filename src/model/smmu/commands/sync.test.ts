import { describe, expect, test } from 'vitest';
import { CERROR } from '../../spec/commands.ts';
import { FULL, TestMachine, withIdr0 } from './test-machine.ts';

describe('CMD_SYNC (IHI 0070 4.7.3) [command.CMD_SYNC]', () => {
  test('CS = 0 gives no signal', () => {
    const machine = new TestMachine().start();
    expect(machine.run('CMD_SYNC', { CS: 0 })).toBe(CERROR.NONE);
    expect(machine.interrupts).toEqual([]);
    expect(machine.wakeUps).toBe(0);
  });

  test('CS = 1 is an interrupt that IRQ_CTRL does not gate', () => {
    const machine = new TestMachine().start();
    machine.write('IRQ_CTRL', 0);
    expect(machine.run('CMD_SYNC', { CS: 1 })).toBe(CERROR.NONE);
    expect(machine.interrupts).toEqual(['CMD_SYNC']);
    expect(machine.journal.filter(([kind]) => kind === 'irq')).toEqual([['irq', 2]]);
  });

  test('the interrupt comes after CONS has passed the command', () => {
    const machine = new TestMachine().start();
    let consumed = -1;
    machine.onInterrupt = () => (consumed = machine.peek('CMDQ_CONS'));
    machine.run('CMD_SYNC', { CS: 1 });
    expect(consumed).toBe(1);
  });

  test('CS = 2 is a wake-up event, with IDR0.SEV only [register.IDR0.SEV]', () => {
    const without = new TestMachine(withIdr0(FULL, 14, false)).start();
    expect(without.run('CMD_SYNC', { CS: 2 })).toBe(CERROR.NONE);
    expect(without.wakeUps).toBe(0);
    const withSev = new TestMachine(withIdr0(FULL, 14, true)).start();
    expect(withSev.run('CMD_SYNC', { CS: 2 })).toBe(CERROR.NONE);
    expect(withSev.wakeUps).toBe(1);
    expect(withSev.interrupts).toEqual([]);
  });

  test('CS = 3 is CERROR_ILL and signals nothing but the error', () => {
    const machine = new TestMachine().start();
    expect(machine.run('CMD_SYNC', { CS: 3 })).toBe(CERROR.ILL);
    expect(machine.interrupts).toEqual(['GERROR']);
  });

  test('4.1.6: bit 10 is no SSec here', () => {
    expect(new TestMachine().start().runWords(Int32Array.of(0x446, 0, 0, 0))).toBe(CERROR.NONE);
  });

  test('the signal of one CMD_SYNC is not repeated by the commands after it', () => {
    const machine = new TestMachine().start();
    machine.run('CMD_SYNC', { CS: 1 });
    machine.run('CMD_TLBI_NSNH_ALL');
    machine.run('CMD_SYNC', { CS: 0 });
    expect(machine.interrupts).toEqual(['CMD_SYNC']);
  });
});
