import { describe, expect, test } from 'vitest';
import { CMDQEN, EVENTQEN, FULL, MINIMUM, SMMUEN, TestMachine } from '../commands/test-machine.ts';

describe('CR0 and CR0ACK (IHI 0070 6.3.9, 6.3.10)', () => {
  test('an Update is complete when the write returns [register.CR0.SMMUEN] [register.CR0.PRIQEN] [register.CR0.EVENTQEN] [register.CR0.CMDQEN] [register.CR0ACK.SMMUEN] [register.CR0ACK.PRIQEN] [register.CR0ACK.EVENTQEN] [register.CR0ACK.CMDQEN]', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN | EVENTQEN);
    expect(machine.peek('CR0')).toBe(SMMUEN | EVENTQEN);
    expect(machine.peek('CR0ACK')).toBe(SMMUEN | EVENTQEN);
    expect(machine.registers.smmuEnabled).toBe(true);
    expect(machine.registers.eventQueueEnabled).toBe(true);
    expect(machine.registers.commandQueueEnabled).toBe(false);
  });

  test('CR0ACK is read-only', () => {
    const machine = new TestMachine();
    machine.write('CR0ACK', -1);
    expect(machine.peek('CR0ACK')).toBe(0);
    expect(machine.registers.smmuEnabled).toBe(false);
  });

  test('only fields of the advertised features exist, in both registers', () => {
    const all = new TestMachine();
    all.write('CR0', -1);
    expect([all.peek('CR0'), all.peek('CR0ACK')]).toEqual([0x1df, 0x1df]);
    const few = new TestMachine(MINIMUM);
    few.write('CR0', -1);
    expect([few.peek('CR0'), few.peek('CR0ACK')]).toEqual([0x00d, 0x00d]);
  });

  test('ATSCHK and VMW take effect; VMW above 4 reads as written and acts as 0 [register.CR0.ATSCHK] [register.CR0ACK.ATSCHK] [register.CR0.VMW] [register.CR0ACK.VMW]', () => {
    const machine = new TestMachine();
    const seen = [0, 1, 2, 3, 4, 5, 6, 7].map((vmw) => {
      machine.write('CR0', (vmw << 6) | 0x10);
      expect(machine.peek('CR0')).toBe((vmw << 6) | 0x10);
      return machine.registers.vmw;
    });
    expect(seen).toEqual([0, 1, 2, 3, 4, 0, 0, 0]);
    expect(machine.registers.atschk).toBe(true);
  });

  test('6.3.9.6: whoever holds caches hears of a change of SMMUEN, and only of a change', () => {
    const machine = new TestMachine();
    for (const value of [EVENTQEN, SMMUEN, SMMUEN | EVENTQEN, EVENTQEN, 0, SMMUEN]) machine.write('CR0', value);
    expect(machine.enables).toEqual([true, false, true]);
  });

  test('CMDQEN going to 1 starts consumption, staying at 1 does not', () => {
    const machine = new TestMachine();
    machine.write('CR0', CMDQEN);
    machine.write('CR0', CMDQEN | EVENTQEN);
    machine.write('CR0', EVENTQEN);
    expect(machine.consumptions).toBe(1);
    machine.write('CR0', CMDQEN);
    expect(machine.consumptions).toBe(2);
  });
});

describe('CR2 (IHI 0070 6.3.12)', () => {
  test('its fields take effect [register.CR2.E2H] [register.CR2.RECINVSID] [register.CR2.REC_CFG_ATS]', () => {
    const machine = new TestMachine();
    const state = () => [machine.registers.e2h, machine.registers.recinvsid, machine.registers.recCfgAts];
    machine.write('CR2', 1);
    expect(state()).toEqual([true, false, false]);
    machine.write('CR2', 2);
    expect(state()).toEqual([false, true, false]);
    machine.write('CR2', 8);
    expect(state()).toEqual([false, false, true]);
  });

  test('E2H needs Hyp, PTM needs BTM, REC_CFG_ATS needs ATSRECERR [register.IDR0.Hyp] [register.IDR0.BTM] [register.IDR0.ATSRECERR]', () => {
    const machine = new TestMachine({ ...FULL, IDR0: (FULL.IDR0 & ~((1 << 9) | (1 << 23))) >>> 0 });
    machine.write('CR2', -1);
    expect(machine.peek('CR2')).toBe(2);
    const broadcast = new TestMachine({ ...FULL, IDR0: FULL.IDR0 | (1 << 5) });
    broadcast.write('CR2', -1);
    expect(broadcast.peek('CR2')).toBe(0xf);
  });
});

describe('GBPA (IHI 0070 6.3.15)', () => {
  test('a write with Update = 1 counts, and Update reads 0 at once [register.GBPA.Update] [register.GBPA.ABORT] [gotcha.18]', () => {
    const machine = new TestMachine();
    machine.write('GBPA', 0x801f_3f1f | 0);
    expect(machine.peek('GBPA')).toBe(0x1f_3f1f);
    expect(machine.registers.gbpa).toBe(0x1f_3f1f);
    expect(machine.registers.gbpaAbort).toBe(true);
    machine.write('GBPA', 0x8000_0000);
    expect(machine.peek('GBPA')).toBe(0);
    expect(machine.registers.gbpaAbort).toBe(false);
    expect(machine.takeMisuses()).toEqual([]);
  });

  test('a write without Update is ignored', () => {
    const machine = new TestMachine();
    machine.write('GBPA', 0x10_0000);
    expect(machine.peek('GBPA')).toBe(0x1000);
    expect(machine.registers.gbpaAbort).toBe(false);
    expect(machine.takeMisuses()).toEqual(['update-missing']);
  });

  test('it is writable while SMMUEN is 1', () => {
    const machine = new TestMachine();
    machine.write('CR0', SMMUEN);
    machine.write('GBPA', 0x8010_0000);
    expect(machine.peek('GBPA')).toBe(0x10_0000);
  });
});

describe('IRQ_CTRL (IHI 0070 6.3.17, 6.3.18) [register.IRQ_CTRL.GERROR_IRQEN] [register.IRQ_CTRL.PRIQ_IRQEN] [register.IRQ_CTRL.EVENTQ_IRQEN] [register.IRQ_CTRLACK.GERROR_IRQEN] [register.IRQ_CTRLACK.PRIQ_IRQEN] [register.IRQ_CTRLACK.EVENTQ_IRQEN]', () => {
  test('an Update is complete when the write returns; PRIQ_IRQEN needs PRI', () => {
    const machine = new TestMachine();
    machine.write('IRQ_CTRL', -1);
    expect([machine.peek('IRQ_CTRL'), machine.peek('IRQ_CTRLACK')]).toEqual([7, 7]);
    const few = new TestMachine(MINIMUM);
    few.write('IRQ_CTRL', -1);
    expect([few.peek('IRQ_CTRL'), few.peek('IRQ_CTRLACK')]).toEqual([5, 5]);
  });

  test.each([
    ['GERROR', 1],
    ['PRIQ', 2],
    ['EVENTQ', 4],
  ] as const)('%s is signalled while its enable is 1 only', (source, enable) => {
    const machine = new TestMachine();
    machine.write('IRQ_CTRL', 7 & ~enable);
    machine.registers.signal(source);
    expect(machine.interrupts).toEqual([]);
    machine.write('IRQ_CTRL', enable);
    machine.registers.signal(source);
    expect(machine.interrupts).toEqual([source]);
    expect(machine.journal.at(-1)).toEqual(['irq', ['EVENTQ', 'PRIQ', 'CMD_SYNC', 'GERROR'].indexOf(source)]);
  });
});

describe('generation', () => {
  test('counts changes of what the registers mean, and nothing else', () => {
    const machine = new TestMachine();
    const changes = (name: string, value: number): number => {
      const before = machine.registers.generation;
      machine.write(name, value);
      return machine.registers.generation - before;
    };
    expect(changes('STRTAB_BASE', 0x10_0000)).toBe(1);
    expect(changes('STRTAB_BASE', 0x10_0000)).toBe(0);
    expect(changes('STRTAB_BASE_CFG', 4)).toBe(1);
    expect(changes('CR2', 2)).toBe(1);
    expect(changes('GBPA', 0x8000_0000)).toBe(1);
    expect(changes('GBPA', 0)).toBe(0);
    expect(changes('CR0', SMMUEN)).toBe(1);
    expect(changes('CR2', 0)).toBe(0);
    expect(changes('CR1', 3)).toBe(0);
    expect(changes('EVENTQ_CONS', 3)).toBe(0);
    expect(changes('IRQ_CTRL', 4)).toBe(0);
  });
});
