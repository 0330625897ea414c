import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CERROR } from '../../spec/commands.ts';
import { CMDQ_AT, CMDQEN, EVENTQEN, FULL, NOWHERE, TestMachine, withIdr0 } from '../commands/test-machine.ts';

const ERR = (machine: TestMachine): number => (machine.peek('CMDQ_CONS') >>> 24) & 0x7f;
const RD = (machine: TestMachine): number => machine.peek('CMDQ_CONS') & 0xfffff;
const sids = (machine: TestMachine): unknown[] => machine.caches.calls.map(([, sid]) => sid);
const cfgi = (machine: TestMachine, index: number, sid: number): void => machine.place(index, 'CMD_CFGI_STE', { StreamID: sid });

describe('consumption (IHI 0070 4.1, 3.5.1)', () => {
  test('a write of CMDQ_PROD executes what is in the ring, in order', () => {
    const machine = new TestMachine().start();
    for (const index of [0, 1, 2, 3]) cfgi(machine, index, 10 + index);
    machine.write('CMDQ_PROD', 3);
    expect(sids(machine)).toEqual([10, 11, 12]);
    expect(RD(machine)).toBe(3);
    machine.write('CMDQ_PROD', 4);
    expect(sids(machine)).toEqual([10, 11, 12, 13]);
  });

  test('nothing is consumed while CMDQEN is 0; setting it starts without a write of PROD', () => {
    const machine = new TestMachine().start(4, 0);
    cfgi(machine, 0, 1);
    machine.write('CMDQ_PROD', 1);
    expect(sids(machine)).toEqual([]);
    machine.write('CR0', CMDQEN);
    expect(sids(machine)).toEqual([1]);
  });

  test('the ring wraps', () => {
    const machine = new TestMachine().start(1);
    for (let i = 0; i < 6; i++) {
      cfgi(machine, i & 1, i);
      machine.write('CMDQ_PROD', (i + 1) & 3);
    }
    expect(sids(machine)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(RD(machine)).toBe(2);
  });

  test('a full ring is consumed whole', () => {
    const machine = new TestMachine().start(2);
    for (const index of [0, 1, 2, 3]) cfgi(machine, index, index);
    machine.write('CMDQ_PROD', 4);
    expect(sids(machine)).toEqual([0, 1, 2, 3]);
    expect(machine.commandQueue.view()).toMatchObject({
      pending: 0,
      full: false,
      prod: { index: 0, wrap: 1 },
      cons: { index: 0, wrap: 1 },
    });
  });

  test('bits of CMDQ_PROD above the wrap flag are ignored', () => {
    const machine = new TestMachine().start(2);
    cfgi(machine, 0, 9);
    machine.write('CMDQ_PROD', 0xffff1);
    expect(sids(machine)).toEqual([9]);
    expect(RD(machine)).toBe(1);
    expect(machine.peek('CMDQ_PROD')).toBe(0xffff1);
  });

  test('inconsistent indexes consume nothing', () => {
    const machine = new TestMachine().start(2);
    machine.write('CMDQ_PROD', 6);
    expect(RD(machine)).toBe(0);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(false);
    expect(machine.commandQueue.view()).toMatchObject({ consistent: false, pending: 0 });
  });

  test('the journal has each command with the address of its slot, in order with the write that caused it', () => {
    const machine = new TestMachine().start();
    cfgi(machine, 0, 5);
    machine.place(1, 'CMD_SYNC', { CS: 1 });
    machine.journal.length = 0;
    machine.write('CMDQ_PROD', 2);
    expect(machine.journal).toEqual([
      ['register', true, 0x98, 2, 0],
      ['command', 0, Number(CMDQ_AT), [3, 5, 0, 0], CERROR.NONE],
      ['command', 0, Number(CMDQ_AT) + 16, [0x1046, 0, 0, 0], CERROR.NONE],
      ['irq', 2],
    ]);
  });

  test('a handler of the CMD_SYNC interrupt may add commands: they follow, once', () => {
    const machine = new TestMachine().start();
    machine.place(0, 'CMD_SYNC', { CS: 1 });
    cfgi(machine, 1, 1);
    cfgi(machine, 2, 2);
    let within = -1;
    machine.onInterrupt = () => {
      machine.write('CMDQ_PROD', 3);
      within = RD(machine);
    };
    machine.write('CMDQ_PROD', 1);
    expect(within).toBe(1);
    expect(sids(machine)).toEqual([1, 2]);
    expect(RD(machine)).toBe(3);
  });

  test('a handler may disable the queue: the rest waits', () => {
    const machine = new TestMachine().start();
    machine.place(0, 'CMD_SYNC', { CS: 1 });
    cfgi(machine, 1, 1);
    machine.onInterrupt = () => machine.write('CR0', EVENTQEN);
    machine.write('CMDQ_PROD', 2);
    expect(sids(machine)).toEqual([]);
    expect(RD(machine)).toBe(1);
    machine.write('CR0', CMDQEN);
    expect(sids(machine)).toEqual([1]);
  });
});

describe('command errors (IHI 0070 4.1.3, 7.1)', () => {
  /** Commands 0, 2 are good, 1 is illegal. */
  const failed = (): TestMachine => {
    const machine = new TestMachine().start();
    cfgi(machine, 0, 10);
    machine.placeWords(1, Int32Array.of(0xff, 0, 0, 0));
    cfgi(machine, 2, 12);
    machine.write('CMDQ_PROD', 3);
    return machine;
  };

  test('CERROR_ILL: CONS stays at the command, ERR says why, CMDQ_ERR is active; the ones after it have no effect [gotcha.17] [register.CMDQ_CONS.ERR] [register.GERROR.CMDQ_ERR]', () => {
    const machine = failed();
    expect(sids(machine)).toEqual([10]);
    expect([RD(machine), ERR(machine)]).toEqual([1, CERROR.ILL]);
    expect(machine.peek('GERROR')).toBe(1);
    expect(machine.interrupts).toEqual(['GERROR']);
    expect(machine.commandQueue.view().stopped).toBe(true);
    expect(machine.journal.at(-2)).toEqual(['command', 0, Number(CMDQ_AT) + 16, [0xff, 0, 0, 0], CERROR.ILL]);
  });

  test('ERR is there before CMDQ_ERR is active', () => {
    const machine = new TestMachine().start();
    let seen: unknown = null;
    machine.onInterrupt = () => (seen = [RD(machine), ERR(machine), machine.registers.errorActive('CMDQ_ERR')]);
    machine.runWords(Int32Array.of(0, 0, 0, 0));
    expect(seen).toEqual([0, CERROR.ILL, true]);
  });

  test('a stopped queue ignores CMDQ_PROD and CMDQEN until CMDQ_ERR is acknowledged [gotcha.16]', () => {
    const machine = failed();
    cfgi(machine, 1, 11);
    machine.write('CMDQ_PROD', 3);
    machine.write('CR0', 0);
    machine.write('CR0', CMDQEN);
    expect(sids(machine)).toEqual([10]);
    machine.write('GERRORN', 1);
    expect(sids(machine)).toEqual([10, 11, 12]);
    expect(RD(machine)).toBe(3);
  });

  test('acknowledging without a repair fails again at the same command', () => {
    const machine = failed();
    machine.write('GERRORN', 1);
    expect([RD(machine), ERR(machine)]).toEqual([1, CERROR.ILL]);
    expect([machine.peek('GERROR'), machine.peek('GERRORN')]).toEqual([0, 1]);
    expect(machine.interrupts).toEqual(['GERROR', 'GERROR']);
  });

  test('11.4: while CMDQ_ERR is active CMDQ_PROD may move back, as far as CONS', () => {
    const machine = failed();
    machine.write('CMDQ_PROD', 1);
    machine.write('GERRORN', 1);
    expect(RD(machine)).toBe(1);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(false);
    expect(sids(machine)).toEqual([10]);
  });

  test('CERROR_ABT: the ring is not in memory', () => {
    const machine = new TestMachine();
    machine.write64('CMDQ_BASE', NOWHERE | 4n);
    machine.write('CR0', CMDQEN);
    machine.write('CMDQ_PROD', 1);
    expect([RD(machine), ERR(machine)]).toEqual([0, CERROR.ABT]);
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(true);
    expect(machine.commandQueue.entries()).toEqual([]);
  });

  test('an index with ERR beside it still moves by one', () => {
    const machine = failed();
    cfgi(machine, 1, 11);
    machine.write('GERRORN', 1);
    expect(machine.peek('CMDQ_CONS') & 0xffffff).toBe(3);
  });
});

describe('SEV (IHI 0070 4.7.3, 3.5.1)', () => {
  const fill = (sev: boolean): TestMachine => {
    const machine = new TestMachine(withIdr0(FULL, 14, sev)).start(1);
    cfgi(machine, 0, 0);
    cfgi(machine, 1, 1);
    machine.write('CMDQ_PROD', 2);
    return machine;
  };

  test('a full queue that gets room wakes processors up, once', () => {
    expect(fill(true).wakeUps).toBe(1);
  });

  test('not without IDR0.SEV, and not from a queue with room [register.IDR0.SEV]', () => {
    expect(fill(false).wakeUps).toBe(0);
    const machine = new TestMachine(withIdr0(FULL, 14, true)).start(1);
    machine.run('CMD_CFGI_STE');
    expect(machine.wakeUps).toBe(0);
  });
});

describe('views', () => {
  test('show what waits in the ring without consuming it', () => {
    const machine = new TestMachine().start(2, 0);
    cfgi(machine, 0, 7);
    machine.place(1, 'CMD_SYNC');
    machine.write('CMDQ_PROD', 2);
    expect(machine.commandQueue.entries().map((words) => Array.from(words))).toEqual([
      [3, 7, 0, 0],
      [0x46, 0, 0, 0],
    ]);
    expect(machine.commandQueue.newest(1).map((words) => words[0])).toEqual([0x46]);
    expect(machine.commandQueue.view()).toEqual({
      enabled: false,
      base: CMDQ_AT,
      log2Size: 2,
      prod: { index: 2, wrap: 0 },
      cons: { index: 0, wrap: 0 },
      pending: 2,
      consistent: true,
      full: false,
      overflowed: false,
      stopped: false,
    });
  });
});

test('commands are executed once each and in order, however they are batched', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), fc.array(fc.nat(7), { maxLength: 60 }), (log2Size, batches) => {
      const machine = new TestMachine().start(log2Size);
      const size = 2 ** log2Size;
      let sent = 0;
      for (const batch of batches) {
        const count = Math.min(batch, size);
        for (let i = 0; i < count; i++) cfgi(machine, (sent + i) % size, sent + i);
        sent += count;
        machine.write('CMDQ_PROD', sent % (2 * size));
      }
      expect(sids(machine)).toEqual(Array.from({ length: sent }, (_, i) => i));
      expect(RD(machine)).toBe(sent % (2 * size));
    }),
    { numRuns: 60 },
  );
});
