import { describe, expect, test } from 'vitest';
import { at, CMDQ_AT, CMDQEN, EVENTQEN, FULL, NOWHERE, TestMachine } from '../commands/test-machine.ts';
import { ABORTED, WRITTEN } from '../queues/event-queue.ts';

/** Each alternative that is not the model's pick, at the registers and queues (spec/choices.ts). The picks are in the tests of each part. */

const EVENT = new Int32Array(8).fill(2);

describe('accesses', () => {
  test('registers.odd-access: ones reads all ones, and a write still does nothing', () => {
    const machine = new TestMachine(FULL, { 'registers.odd-access': 'ones' });
    expect(machine.registers.read32(at('CR2') + 1)).toBe(0xffff_ffff);
    expect(machine.registers.read64(at('CR2'))).toBe(0xffff_ffff_ffff_ffffn);
    machine.registers.write32(at('CR2') + 2, 2);
    expect(machine.peek('CR2')).toBe(0);
    expect(machine.registers.read32(0x3_0000)).toBe(0);
  });

  test('registers.split-access: both reaches both registers, the lower one first', () => {
    const machine = new TestMachine(FULL, { 'registers.split-access': 'both' });
    machine.registers.write64(at('EVENTQ_PROD'), 0x3_0000_0002n);
    expect([machine.peek('EVENTQ_PROD'), machine.peek('EVENTQ_CONS')]).toEqual([0, 3]);
    expect(machine.registers.read64(at('EVENTQ_PROD'))).toBe(0x3_0000_0000n);
    expect(machine.takeMisuses()).toEqual(['split-access', 'split-access']);
    machine.registers.write64(at('CR0'), BigInt(CMDQEN) | (0xffn << 32n));
    expect([machine.peek('CR0'), machine.peek('CR0ACK')]).toEqual([CMDQEN, CMDQEN]);
  });

  test('registers.page-0-indexes: raz-wi leaves the indexes in page 1 only', () => {
    const machine = new TestMachine(FULL, { 'registers.page-0-indexes': 'raz-wi' });
    machine.write('EVENTQ_CONS', 1);
    expect(machine.registers.read32(0xac)).toBe(0);
    machine.registers.write32(0xac, 3);
    expect(machine.peek('EVENTQ_CONS')).toBe(1);
  });

  test('registers.guarded-write: ignored drops a guarded write before v3.2 too', () => {
    const machine = new TestMachine({ ...FULL, AIDR: 1 }, { 'registers.guarded-write': 'ignored' }).start();
    machine.write64('CMDQ_BASE', 0n);
    expect(machine.registers.peek(at('CMDQ_BASE'))).toBe(Number(CMDQ_AT) + 4);
  });
});

describe('reset', () => {
  test('registers.unknown-reset: ones sets every bit that is there, but not those with a value', () => {
    const machine = new TestMachine(FULL, { 'registers.unknown-reset': 'ones' });
    expect(machine.peek('CR2') & 0xb).toBe(0xb);
    expect(machine.peek('STRTAB_BASE_CFG') & 0x3_07ff).toBe(0x3_07ff);
    expect(machine.peek('PRIQ_PROD') >>> 31).toBe(0);
    expect(machine.peek('EVENTQ_PROD') >>> 31).toBe(1);
    expect([machine.peek('CR0'), machine.peek('GERROR'), machine.peek('IRQ_CTRL')]).toEqual([0, 0, 0]);
  });

  test('GBPA.reset: abort', () => {
    expect(new TestMachine(FULL, { 'GBPA.reset': 'abort' }).registers.gbpaAbort).toBe(true);
  });
});

test('GERRORN.toggle-inactive: ignored keeps the bit, and an active error can still be acknowledged', () => {
  const machine = new TestMachine(FULL, { 'GERRORN.toggle-inactive': 'ignored' }).start();
  machine.runWords(Int32Array.of(0xff, 0, 0, 0));
  machine.place(0, 'CMD_SYNC');
  machine.write('GERRORN', 0x5);
  expect(machine.peek('GERRORN')).toBe(1);
  expect(machine.registers.errorActive('CMDQ_ERR')).toBe(false);
  expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(false);
});

describe('queues', () => {
  test('queue.inconsistent: run consumes up to CMDQ_PROD modulo the queue, and writes records', () => {
    const machine = new TestMachine(FULL, { 'queue.inconsistent': 'run' }).start(2, CMDQEN | EVENTQEN);
    for (let index = 0; index < 4; index++) machine.place(index, 'CMD_SYNC');
    machine.write('CMDQ_PROD', 6);
    expect(machine.peek('CMDQ_CONS')).toBe(6);
    machine.write('EVENTQ_CONS', 2);
    expect(machine.eventQueue.record(EVENT)).toBe(WRITTEN);
  });

  test('EVENTQ.write-abort: asynchronous moves EVENTQ_PROD past the record that memory refused', () => {
    for (const [choice, prod] of [['synchronous', 0], ['asynchronous', 1]] as const) {
      const machine = new TestMachine(FULL, { 'EVENTQ.write-abort': choice });
      machine.write64('EVENTQ_BASE', NOWHERE | 4n);
      machine.write('CR0', EVENTQEN);
      expect(machine.eventQueue.record(EVENT)).toBe(ABORTED);
      expect(machine.peek('EVENTQ_PROD')).toBe(prod);
      expect(machine.registers.errorActive('EVENTQ_ABT_ERR')).toBe(true);
    }
  });
});

describe('commands', () => {
  test('command.reserved-bits: told, and CERROR_ILL where the SMMU says so', () => {
    for (const [choice, error] of [['ignored', 0], ['CERROR_ILL', 1]] as const) {
      for (const words of [Int32Array.of(0x46, 0, 2, 0), Int32Array.of(0x4, 0, 0, 1)]) {
        const machine = new TestMachine(FULL, { 'command.reserved-bits': choice }).start();
        expect(machine.runWords(words)).toBe(error);
        expect(machine.takeMisuses()).toEqual(['command-reserved-bits']);
      }
    }
  });

  test('command.out-of-range: told; truncated reaches another stream', () => {
    const narrow = { ...FULL, IDR1: (FULL.IDR1 & ~0x3f) | 8 };
    for (const [choice, calls] of [['no-effect', []], ['truncated', [['cfgiSte', 0x34, true]]]] as const) {
      const machine = new TestMachine(narrow, { 'command.out-of-range': choice }).start();
      machine.run('CMD_CFGI_STE', { StreamID: 0x1234, Leaf: true });
      expect(machine.caches.calls).toEqual(calls);
      expect(machine.takeMisuses()).toEqual(['command-out-of-range']);
    }
  });

  test('command.completion: sync leaves the caches alone until CMD_SYNC, and keeps the order', () => {
    const machine = new TestMachine(FULL, { 'command.completion': 'sync' }).start();
    machine.run('CMD_CFGI_STE', { StreamID: 1, Leaf: true });
    machine.run('CMD_CFGI_CD_ALL', { StreamID: 2 });
    expect(machine.caches.calls).toEqual([]);
    machine.run('CMD_SYNC');
    expect(machine.caches.calls).toEqual([['cfgiSte', 1, true], ['cfgiCdAll', 2]]);
    machine.run('CMD_SYNC');
    expect(machine.caches.calls).toHaveLength(2);
  });

  test('tlbi.nh-vmid-without-stage-2: matched lets a VMID other than 0 do nothing', () => {
    const alone = { ...FULL, IDR0: FULL.IDR0 & ~1 };
    for (const [choice, count] of [['ignored', 2], ['matched', 1]] as const) {
      const machine = new TestMachine(alone, { 'tlbi.nh-vmid-without-stage-2': choice }).start();
      machine.run('CMD_TLBI_NH_ALL', { VMID: 3 });
      machine.run('CMD_TLBI_NH_ALL', { VMID: 0 });
      expect(machine.caches.calls).toHaveLength(count);
    }
  });
});

describe('misuse that a write brings about', () => {
  test('an index beyond the queue', () => {
    const machine = new TestMachine().start(2, CMDQEN | EVENTQEN);
    machine.write('CMDQ_PROD', 6);
    machine.write('EVENTQ_CONS', 2);
    expect(machine.takeMisuses()).toEqual(['inconsistent-indexes', 'inconsistent-indexes']);
  });

  test('a TLBI of which the address is not aligned to level or granule', () => {
    const machine = new TestMachine().start();
    machine.run('CMD_TLBI_NH_VA', { TG: 1, TTL: 2, Address: 0x20_0000n });
    machine.run('CMD_TLBI_NH_VA', { TG: 1, TTL: 3, Address: 0x1000n });
    expect(machine.takeMisuses()).toEqual([]);
    for (const [TG, TTL, Address] of [[1, 2, 0x1000n], [1, 1, 0x2000_0000n], [2, 3, 0x2000n], [2, 2, 0x100_0000n], [3, 0, 0x8000n], [3, 2, 0x1000_0000n], [3, 1, 1n << 41n]] as const) {
      machine.run('CMD_TLBI_NH_VA', { TG, TTL, NUM: 1, Address });
      expect(machine.takeMisuses()).toEqual(['tlbi-misaligned']);
    }
  });
});
