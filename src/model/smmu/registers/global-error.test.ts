import { describe, expect, test } from 'vitest';
import { FULL, MINIMUM, TestMachine, withIdr0 } from '../commands/test-machine.ts';

const CMDQ_ERR = 1;
const EVENTQ_ABT_ERR = 4;

describe('GERROR and GERRORN (IHI 0070 6.3.19, 6.3.20, 7.5) [gotcha.16] [register.GERROR.CMDQ_ERR] [register.GERROR.EVENTQ_ABT_ERR] [register.GERRORN.CMDQ_ERR] [register.GERRORN.EVENTQ_ABT_ERR]', () => {
  test('an error is active while its bits differ', () => {
    const machine = new TestMachine();
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect([machine.peek('GERROR'), machine.peek('GERRORN')]).toEqual([EVENTQ_ABT_ERR, 0]);
    expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(false);
    machine.write('GERRORN', EVENTQ_ABT_ERR);
    expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(false);
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect([machine.peek('GERROR'), machine.peek('GERRORN')]).toEqual([0, EVENTQ_ABT_ERR]);
    expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
  });

  test('an error that is active already is lost: no toggle, no interrupt', () => {
    const machine = new TestMachine().start();
    machine.registers.activateError('EVENTQ_ABT_ERR');
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect(machine.peek('GERROR')).toBe(EVENTQ_ABT_ERR);
    expect(machine.interrupts).toEqual(['GERROR']);
  });

  test('each activation is an interrupt if GERROR_IRQEN is 1', () => {
    const machine = new TestMachine();
    machine.registers.activateError('CMDQ_ERR');
    expect(machine.interrupts).toEqual([]);
    machine.write('IRQ_CTRL', 1);
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect(machine.interrupts).toEqual(['GERROR']);
  });

  test('MSI_GERROR_ABT_ERR is no interrupt', () => {
    const machine = new TestMachine().start();
    machine.registers.activateError('MSI_GERROR_ABT_ERR');
    expect(machine.registers.errorActive('MSI_GERROR_ABT_ERR')).toBe(true);
    expect(machine.interrupts).toEqual([]);
  });

  test('the new state is visible before the interrupt (3.18)', () => {
    const machine = new TestMachine().start();
    let seen = 0;
    machine.onInterrupt = () => (seen = machine.peek('GERROR'));
    machine.registers.activateError('CMDQ_ERR');
    expect(seen).toBe(CMDQ_ERR);
  });

  test('GERROR is read-only [register.GERROR.SFM_ERR]', () => {
    const machine = new TestMachine();
    machine.write('GERROR', -1);
    expect(machine.peek('GERROR')).toBe(0);
  });

  test('acknowledging one error leaves the others active [register.GERRORN.CMDQ_ERR] [register.GERRORN.EVENTQ_ABT_ERR] [register.GERRORN.PRIQ_ABT_ERR]', () => {
    const machine = new TestMachine();
    machine.registers.activateError('CMDQ_ERR');
    machine.registers.activateError('EVENTQ_ABT_ERR');
    machine.write('GERRORN', EVENTQ_ABT_ERR);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(true);
    expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(false);
  });

  test('acknowledging CMDQ_ERR resumes consumption, acknowledging others does not', () => {
    const machine = new TestMachine();
    machine.registers.activateError('CMDQ_ERR');
    machine.registers.activateError('EVENTQ_ABT_ERR');
    machine.write('GERRORN', EVENTQ_ABT_ERR);
    expect(machine.consumptions).toBe(0);
    machine.write('GERRORN', EVENTQ_ABT_ERR | CMDQ_ERR);
    expect(machine.consumptions).toBe(1);
  });

  test('toggling the bit of an inactive error makes it active, without an interrupt, and says so', () => {
    const machine = new TestMachine().start();
    machine.write('GERRORN', CMDQ_ERR);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(true);
    expect(machine.interrupts).toEqual([]);
    expect(machine.takeMisuses()).toEqual(['inactive-error-toggled']);
  });

  test.each([
    ['everything but ECMDQ', FULL, 0x1fd],
    ['without MSI', withIdr0(FULL, 13, false), 0x10d],
    ['without PRI', withIdr0(FULL, 16, false), 0x1b5],
    ['without either', MINIMUM, 0x105],
  ] as const)('bits of absent features are RES0: %s [register.GERRORN.*]', (_, id, bits) => {
    const machine = new TestMachine(id);
    machine.write('GERRORN', -1);
    expect(machine.peek('GERRORN')).toBe(bits);
  });
});
