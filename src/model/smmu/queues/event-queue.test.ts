import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENTQ_AT, EVENTQEN, NOWHERE, RAM, RAM_BYTES, TestMachine } from '../commands/test-machine.ts';
import { ABORTED, DROPPED_ABT_ERR, DROPPED_DISABLED, DROPPED_FULL, WRITTEN } from './event-queue.ts';

const OVFLG = 0x8000_0000;

/** A record whose eight words all differ and name it. */
const record = (n: number): Int32Array => Int32Array.from({ length: 8 }, (_, word) => (n << 8) | word | (word === 7 ? 1 << 31 : 0));
const unsigned = (words: Int32Array): number[] => Array.from(words, (word) => word >>> 0);
const pending = (machine: TestMachine): number[] => machine.eventQueue.entries().map((words) => (words[0]! >>> 8) & 0xffff);
const consume = (machine: TestMachine): void => machine.write('EVENTQ_CONS', machine.peek('EVENTQ_PROD'));

describe('writing events (IHI 0070 7.2)', () => {
  test('a record goes into the slot of PROD, then PROD moves', () => {
    const machine = new TestMachine().start();
    expect(machine.eventQueue.record(record(1))).toBe(WRITTEN);
    expect(machine.eventQueue.record(record(2))).toBe(WRITTEN);
    expect(machine.peek('EVENTQ_PROD')).toBe(2);
    const bytes = machine.memory.readBytes(EVENTQ_AT + 32n, 32)!;
    expect(Array.from(new Uint32Array(bytes.slice().buffer))).toEqual(unsigned(record(2)));
    expect(machine.memory.readBytes(EVENTQ_AT + 64n, 32)!.every((byte) => byte === 0)).toBe(true);
  });

  test('the wrap flag of PROD toggles at the end of the ring', () => {
    const machine = new TestMachine().start(1);
    for (const n of [1, 2, 3]) {
      machine.eventQueue.record(record(n));
      consume(machine);
    }
    expect(machine.peek('EVENTQ_PROD')).toBe(3);
    machine.eventQueue.record(record(4));
    expect(machine.peek('EVENTQ_PROD')).toBe(0);
    expect(pending(machine)).toEqual([4]);
  });

  test('7.4: EVENTQEN = 0 drops events without a sign', () => {
    const machine = new TestMachine().start(0, 0);
    machine.write('EVENTQ_PROD', 1);
    expect(machine.eventQueue.record(record(1))).toBe(DROPPED_DISABLED);
    expect(machine.peek('EVENTQ_PROD')).toBe(1);
    expect(machine.interrupts).toEqual([]);
  });

  test('the journal hears of every record and what became of it', () => {
    const machine = new TestMachine();
    machine.eventQueue.record(record(1));
    machine.write64('EVENTQ_BASE', EVENTQ_AT);
    machine.write('CR0', EVENTQEN);
    machine.eventQueue.record(record(2));
    machine.eventQueue.record(record(3));
    const events = machine.journal.filter(([kind]) => kind === 'event');
    expect(events).toEqual([
      ['event', Array.from(record(1)), DROPPED_DISABLED],
      ['event', Array.from(record(2)), WRITTEN],
      ['event', Array.from(record(3)), DROPPED_FULL],
    ]);
  });

  test('7.3.1: equal records are not merged [ste.MEV]', () => {
    const machine = new TestMachine().start();
    machine.eventQueue.record(record(1));
    machine.eventQueue.record(record(1));
    expect(pending(machine)).toEqual([1, 1]);
  });
});

describe('overflow (IHI 0070 7.4)', () => {
  test('an event lost in a full queue toggles OVFLG, further ones do not [gotcha.15] [register.EVENTQ_PROD.OVFLG]', () => {
    const machine = new TestMachine().start(0);
    expect(machine.eventQueue.record(record(1))).toBe(WRITTEN);
    expect(machine.eventQueue.record(record(2))).toBe(DROPPED_FULL);
    expect(machine.peek('EVENTQ_PROD')).toBe(0x8000_0001);
    expect(machine.eventQueue.record(record(3))).toBe(DROPPED_FULL);
    expect(machine.peek('EVENTQ_PROD')).toBe(0x8000_0001);
    expect(machine.eventQueue.view().overflowed).toBe(true);
    expect(pending(machine)).toEqual([1]);
  });

  test('an overflow that is not acknowledged does not block the queue once there is room', () => {
    const machine = new TestMachine().start(0);
    machine.eventQueue.record(record(1));
    machine.eventQueue.record(record(2));
    machine.write('EVENTQ_CONS', 1);
    expect(machine.eventQueue.record(record(3))).toBe(WRITTEN);
    expect(machine.peek('EVENTQ_PROD')).toBe(0x8000_0000);
    expect(pending(machine)).toEqual([3]);
  });

  test('after OVACKFLG acknowledged it, the next loss toggles OVFLG back [register.EVENTQ_CONS.OVACKFLG] [gotcha.15]', () => {
    const machine = new TestMachine().start(0);
    machine.eventQueue.record(record(1));
    machine.eventQueue.record(record(2));
    machine.write('EVENTQ_CONS', 0x8000_0000);
    expect(machine.eventQueue.view().overflowed).toBe(false);
    expect(machine.eventQueue.record(record(3))).toBe(DROPPED_FULL);
    expect(machine.peek('EVENTQ_PROD')).toBe(1);
  });

  test('a disabled queue does not overflow', () => {
    const machine = new TestMachine();
    machine.write64('EVENTQ_BASE', EVENTQ_AT);
    machine.write('EVENTQ_PROD', 1);
    machine.eventQueue.record(record(1));
    expect(machine.peek('EVENTQ_PROD')).toBe(1);
  });

  test('3.5.1: inconsistent indexes count as full', () => {
    const machine = new TestMachine().start(2);
    machine.write('EVENTQ_CONS', 3);
    expect(machine.eventQueue.record(record(1))).toBe(DROPPED_FULL);
    expect(machine.eventQueue.view()).toMatchObject({ consistent: false, pending: 0, overflowed: true });
    expect(machine.eventQueue.entries()).toEqual([]);
  });
});

describe('aborts (IHI 0070 7.2, 7.5)', () => {
  const broken = (): TestMachine => {
    const machine = new TestMachine();
    machine.write64('EVENTQ_BASE', NOWHERE | 4n);
    machine.write('IRQ_CTRL', 7);
    machine.write('CR0', EVENTQEN);
    return machine;
  };

  test('a write that aborts activates EVENTQ_ABT_ERR and leaves PROD [register.GERROR.EVENTQ_ABT_ERR]', () => {
    const machine = broken();
    expect(machine.eventQueue.record(record(1))).toBe(ABORTED);
    expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
    expect(machine.peek('EVENTQ_PROD')).toBe(0);
    expect(machine.interrupts).toEqual(['GERROR']);
  });

  test('while it is active events are dropped without an overflow; once acknowledged the queue is tried again', () => {
    const machine = broken();
    machine.eventQueue.record(record(1));
    expect(machine.eventQueue.view().stopped).toBe(true);
    expect(machine.eventQueue.record(record(2))).toBe(DROPPED_ABT_ERR);
    expect(machine.interrupts).toEqual(['GERROR']);
    machine.write('GERRORN', 4);
    expect(machine.eventQueue.record(record(3))).toBe(ABORTED);
    expect(machine.peek('GERROR')).toBe(0);
    expect(machine.interrupts).toEqual(['GERROR', 'GERROR']);
  });

  test('an active EVENTQ_ABT_ERR of a full queue flags no overflow', () => {
    const machine = new TestMachine().start(0);
    machine.eventQueue.record(record(1));
    machine.registers.activateError('EVENTQ_ABT_ERR');
    expect(machine.eventQueue.record(record(2))).toBe(DROPPED_ABT_ERR);
    expect(machine.eventQueue.view().overflowed).toBe(false);
  });

  test('the last slots of memory are memory', () => {
    const machine = new TestMachine();
    machine.write64('EVENTQ_BASE', RAM + RAM_BYTES - 64n + 1n);
    machine.write('CR0', EVENTQEN);
    expect([1, 2].map((n) => machine.eventQueue.record(record(n)))).toEqual([WRITTEN, WRITTEN]);
  });
});

describe('interrupts (IHI 0070 3.18)', () => {
  test('only from empty to non-empty', () => {
    const machine = new TestMachine().start();
    machine.eventQueue.record(record(1));
    machine.eventQueue.record(record(2));
    expect(machine.interrupts).toEqual(['EVENTQ']);
    machine.write('EVENTQ_CONS', 1);
    machine.eventQueue.record(record(3));
    expect(machine.interrupts).toEqual(['EVENTQ']);
    consume(machine);
    machine.eventQueue.record(record(4));
    expect(machine.interrupts).toEqual(['EVENTQ', 'EVENTQ']);
  });

  test('3.18: record and PROD are visible before the interrupt', () => {
    const machine = new TestMachine().start();
    let seen: unknown = null;
    machine.onInterrupt = () => (seen = [machine.peek('EVENTQ_PROD'), pending(machine)]);
    machine.eventQueue.record(record(7));
    expect(seen).toEqual([1, [7]]);
  });

  test('a handler that drains the queue gets an interrupt for each', () => {
    const machine = new TestMachine().start();
    machine.onInterrupt = () => consume(machine);
    for (const n of [1, 2, 3]) machine.eventQueue.record(record(n));
    expect(machine.interrupts).toEqual(['EVENTQ', 'EVENTQ', 'EVENTQ']);
  });
});

describe('views', () => {
  test('show the ring without touching it', () => {
    const machine = new TestMachine().start(2);
    for (const n of [1, 2, 3]) machine.eventQueue.record(record(n));
    machine.write('EVENTQ_CONS', 2);
    const before = machine.journal.length;
    expect(machine.eventQueue.view()).toEqual({
      enabled: true,
      base: EVENTQ_AT,
      log2Size: 2,
      prod: { index: 3, wrap: 0 },
      cons: { index: 2, wrap: 0 },
      pending: 1,
      consistent: true,
      full: false,
      overflowed: false,
      stopped: false,
    });
    expect(machine.eventQueue.entries().map((words) => Array.from(words))).toEqual([unsigned(record(3))]);
    expect(machine.eventQueue.newest(2).map((words) => words[0]! >>> 8)).toEqual([2, 3]);
    expect(machine.journal).toHaveLength(before);
  });

  test('the newest records wrap around and are at most the ring', () => {
    const machine = new TestMachine().start(1);
    for (const n of [1, 2, 3]) {
      machine.eventQueue.record(record(n));
      consume(machine);
    }
    expect(machine.eventQueue.newest(300).map((words) => words[0]! >>> 8)).toEqual([2, 3]);
    expect(machine.eventQueue.newest(0)).toEqual([]);
  });
});

test('the queue is a first-in first-out of bounded length, whatever software does in turn', () => {
  const steps = fc.array(fc.oneof(fc.constant('record'), fc.constant('consume'), fc.constant('acknowledge')), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 }), steps, (log2Size, script) => {
      const machine = new TestMachine().start(log2Size);
      const model: number[] = [];
      let overflowed = false;
      let next = 0;
      for (const step of script) {
        if (step === 'record') {
          const fits = model.length < 2 ** log2Size;
          expect(machine.eventQueue.record(record(++next))).toBe(fits ? WRITTEN : DROPPED_FULL);
          if (fits) model.push(next);
          overflowed ||= !fits;
        } else {
          const cons = machine.peek('EVENTQ_CONS');
          if (step === 'consume' && model.shift() !== undefined) {
            machine.write('EVENTQ_CONS', (cons & OVFLG) | ((cons + 1) & (2 ** (log2Size + 1) - 1)));
          } else if (step === 'acknowledge') {
            machine.write('EVENTQ_CONS', (machine.peek('EVENTQ_PROD') & OVFLG) | (cons & 0xfffff));
            overflowed = false;
          }
        }
        expect(pending(machine)).toEqual(model);
        expect(machine.eventQueue.view().overflowed).toBe(overflowed);
      }
    }),
    { numRuns: 60 },
  );
});
