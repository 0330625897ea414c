import { describe, expect, test } from 'vitest';
import { CERROR, COMMANDS } from '../../spec/commands.ts';
import { encode } from '../../spec/layout.ts';
import type { FieldValues } from '../../spec/layout.ts';
import { at, CMDQEN, FULL, RAM, TestMachine, withIdr0 } from '../commands/test-machine.ts';
import type { Choices } from '../../spec/choices.ts';
import type { IdRegisters } from '../../spec/features.ts';

const EN = 0x8000_0000;
const ACK = 1 << 23;
const CMDQP_ERR = 1 << 9;

/** Two pages of four queues. */
const WITHOUT_VATOS = withIdr0(FULL, 20, false);
const WITH: IdRegisters = { ...WITHOUT_VATOS, IDR1: (FULL.IDR1 | (1 << 31)) >>> 0, IDR6: (2 << 16) | (1 << 24) };

/** Enhanced command queues with rings of 16 entries, one behind the other. */
class Queues extends TestMachine {
  constructor(id = WITH, choices: Partial<Choices> = {}) {
    super(id, choices);
    this.write('IRQ_CTRL', 7);
  }
  ring(n: number): bigint {
    return RAM + 0x4_0000n + BigInt(n) * 0x100n;
  }
  offset(n: number, register: 'BASE' | 'PROD' | 'CONS'): number {
    return 0x2_0000 + n * 0x4000 + { BASE: 0, PROD: 8, CONS: 12 }[register];
  }
  set(n: number, register: 'PROD' | 'CONS', value: number): void {
    this.registers.write32(this.offset(n, register), value);
  }
  get(n: number, register: 'PROD' | 'CONS'): number {
    return this.registers.read32(this.offset(n, register));
  }
  open(n: number): this {
    this.registers.write64(this.offset(n, 'BASE'), this.ring(n) | 4n);
    this.set(n, 'CONS', 0);
    this.set(n, 'PROD', EN);
    return this;
  }
  put(n: number, index: number, name: string, fields: FieldValues = {}): void {
    const words = new Int32Array(4);
    encode(COMMANDS.byName.get(name)!, fields, words, 0);
    words.forEach((word, i) => this.memory.write32(this.ring(n) + BigInt(index * 16 + i * 4), word));
  }
  cfgi(n: number, index: number, sid: number): void {
    this.put(n, index, 'CMD_CFGI_STE', { StreamID: sid });
  }
  get sids(): unknown[] {
    return this.caches.calls.map(([, sid]) => sid);
  }
  rd(n: number): number {
    return this.get(n, 'CONS') & 0xfffff;
  }
  /** Queue n stopped at its entry 0; entry 1 waits. */
  fail(n: number): this {
    this.memory.write32(this.ring(n), 0xff);
    this.cfgi(n, 1, 100 + n);
    this.set(n, 'PROD', EN + 2);
    return this;
  }
}

describe('where they are (IHI 0070 6.2.5, 6.3.45, 6.3.49 to 6.3.51)', () => {
  test('IDR6 says how many; each control page says where it is and that it is enabled [register.IDR1.ECMDQ] [register.IDR6.CMDQ_CONTROL_PAGE_LOG2NUMQ] [register.IDR6.CMDQ_CONTROL_PAGE_LOG2NUMP] [register.CMDQ_CONTROL_PAGE_BASE0.CMDQ_CONTROL_PAGE_PRESET] [register.CMDQ_CONTROL_PAGE_BASE0.CMDQGS] [register.CMDQ_CONTROL_PAGE_BASE0.ADDR] [register.CMDQ_CONTROL_PAGE_CFG0.EN] [register.CMDQ_CONTROL_PAGE_STATUS0.ENACK]', () => {
    const { registers } = new Queues();
    expect(registers.read32(at('IDR6'))).toBe(0x0102_0000);
    expect([registers.read64(0x4000), registers.read64(0x4020), registers.read64(0x4040)]).toEqual([0x2_0003n, 0x3_0003n, 0n]);
    expect([0x4008, 0x400c, 0x4028, 0x402c, 0x4048].map((offset) => registers.read32(offset))).toEqual([1, 1, 1, 1, 0]);
  });

  test('the registers of control pages are read-only', () => {
    const machine = new Queues();
    machine.registers.write64(0x4020, -1n);
    machine.registers.write32(0x4028, 0);
    expect([machine.registers.read64(0x4020), machine.registers.read32(0x4028)]).toEqual([0x3_0003n, 1]);
    expect(machine.takeMisuses()).toEqual(['read-only-register', 'read-only-register', 'read-only-register']);
  });

  test('the VATOS page keeps its place, control pages lie behind it', () => {
    const id = { ...WITH, IDR0: WITH.IDR0 | (1 << 15) | (1 << 20), IDR2: 3 };
    expect(new TestMachine(id).registers.read64(0x4000)).toBe(0x6_0003n);
  });

  test('not advertised: everything of them is RES0, and no GERROR bit', () => {
    const machine = new Queues({ ...WITH, IDR1: FULL.IDR1 });
    machine.open(0).fail(0);
    const { registers } = machine;
    expect([0x190, 0x4000, 0x4008, 0x400c, 0x2_0008, 0x2_000c].map((offset) => registers.read32(offset))).toEqual([0, 0, 0, 0, 0, 0]);
    machine.write('GERRORN', CMDQP_ERR);
    expect([machine.peek('GERROR'), machine.peek('GERRORN')]).toEqual([0, 0]);
    expect(new Set(machine.takeMisuses())).toEqual(new Set(['reserved-register']));
  });

  test('between the queues of a page there is nothing', () => {
    const machine = new Queues();
    machine.registers.write32(0x2_0010, -1);
    expect(machine.registers.read32(0x2_0010)).toBe(0);
    expect(machine.takeMisuses()).toEqual(['reserved-register']);
  });
});

describe('registers of a queue (6.3.107 to 6.3.109)', () => {
  test('EN and ERRACK reset to 0, what is UNKNOWN to the choice', () => {
    for (const [choice, index] of [['zeroes', 0], ['ones', 0xfffff]] as const) {
      const machine = new Queues(WITH, { 'registers.unknown-reset': choice });
      expect(machine.get(5, 'PROD')).toBe(index);
      expect(machine.get(5, 'CONS') & (EN | ACK)).toBe(0);
    }
  });

  test('reserved bits read 0, RD reads 0 above its wrap flag, LOG2SIZE counts as at most IDR1.CMDQS [register.ECMDQ_BASE.LOG2SIZE] [register.ECMDQ_BASE.ADDR] [register.ECMDQ_BASE.RA] [register.ECMDQ_PROD.WR] [register.ECMDQ_CONS.RD]', () => {
    const machine = new Queues();
    machine.registers.write64(machine.offset(1, 'BASE'), -1n);
    expect(machine.registers.read64(machine.offset(1, 'BASE'))).toBe(0x400f_ffff_ffff_ffffn);
    machine.registers.write64(machine.offset(1, 'BASE'), machine.ring(1) | 4n);
    machine.set(1, 'CONS', -1);
    machine.set(1, 'PROD', 0x7fff_ffff);
    expect([machine.get(1, 'CONS'), machine.get(1, 'PROD')]).toEqual([0x0780_001f, 0x008f_ffff]);
  });

  test('ENACK follows EN; BASE and CONS are writable only while both are 0, PROD always [register.ECMDQ_PROD.EN] [register.ECMDQ_CONS.ENACK]', () => {
    const machine = new Queues().open(2);
    expect(machine.get(2, 'CONS')).toBe(EN);
    machine.registers.write64(machine.offset(2, 'BASE'), 0n);
    machine.set(2, 'CONS', 7);
    expect(machine.takeMisuses()).toEqual(['guarded-register', 'guarded-register']);
    expect(machine.registers.read64(machine.offset(2, 'BASE'))).toBe(machine.ring(2) | 4n);
    expect(machine.get(2, 'CONS')).toBe(EN);
    machine.set(2, 'PROD', 0);
    machine.set(2, 'CONS', 7);
    expect(machine.get(2, 'CONS')).toBe(7);
  });

  test('CR1.QUEUE_* is guarded by each of them too', () => {
    const machine = new Queues().open(3);
    machine.write('CR1', 0x3f);
    expect(machine.peek('CR1')).toBe(0);
    expect(machine.takeMisuses()).toEqual(['guarded-register']);
    machine.set(3, 'PROD', 0);
    machine.write('CR1', 0x3f);
    expect(machine.peek('CR1')).toBe(0x3f);
  });

  test('a base below its alignment and indexes too far apart are told', () => {
    const machine = new Queues();
    machine.registers.write64(machine.offset(0, 'BASE'), (RAM + 0x20n) | 4n);
    machine.set(0, 'PROD', EN);
    machine.set(0, 'PROD', EN + 17);
    expect(machine.takeMisuses()).toEqual(['misaligned-base', 'inconsistent-indexes']);
    expect(machine.rd(0)).toBe(0);
  });

  test('a reset disables them', () => {
    const machine = new Queues().open(0);
    machine.registers.reset();
    expect([machine.get(0, 'PROD'), machine.get(0, 'CONS')]).toEqual([0, 0]);
  });
});

describe('consumption (3.5.6)', () => {
  test('without CR0.CMDQEN or SMMUEN, by EN alone; the journal says which queue', () => {
    const machine = new Queues();
    machine.cfgi(6, 0, 9);
    machine.registers.write64(machine.offset(6, 'BASE'), machine.ring(6) | 4n);
    machine.set(6, 'PROD', 1);
    expect(machine.sids).toEqual([]);
    machine.set(6, 'PROD', EN + 1);
    expect([machine.sids, machine.rd(6)]).toEqual([[9], 1]);
    expect(machine.journal.at(-2)).toEqual(['command', 0, Number(machine.ring(6)), [3, 9, 0, 0], CERROR.NONE, 'ECMDQ 6']);
    machine.set(6, 'PROD', 1);
    expect(machine.get(6, 'CONS')).toBe(1);
  });

  test('the ring wraps, beside the flags', () => {
    const machine = new Queues().open(0);
    for (let i = 1; i <= 40; i++) {
      machine.cfgi(0, (i - 1) % 16, i);
      machine.set(0, 'PROD', EN + (i % 32));
    }
    expect(machine.sids).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(machine.get(0, 'CONS')).toBe(EN + 8);
  });

  test('CMD_SYNC completes what its own queue did, no other [command.CMD_SYNC]', () => {
    const machine = new Queues(WITH, { 'command.completion': 'sync' }).open(0).open(1);
    machine.cfgi(0, 0, 10);
    machine.cfgi(1, 0, 11);
    machine.set(0, 'PROD', EN + 1);
    machine.set(1, 'PROD', EN + 1);
    machine.put(1, 1, 'CMD_SYNC', { CS: 1 });
    machine.set(1, 'PROD', EN + 2);
    expect(machine.sids).toEqual([11]);
    expect(machine.interrupts).toEqual(['CMD_SYNC']);
    machine.put(0, 1, 'CMD_SYNC');
    machine.set(0, 'PROD', EN + 2);
    expect(machine.sids).toEqual([11, 10]);
  });

  test('a handler of one queue\'s interrupt may use another', () => {
    const machine = new Queues().open(0).open(1);
    machine.put(0, 0, 'CMD_SYNC', { CS: 1 });
    machine.cfgi(0, 1, 5);
    machine.cfgi(1, 0, 6);
    machine.onInterrupt = () => machine.set(1, 'PROD', EN + 1);
    machine.set(0, 'PROD', EN + 2);
    expect(machine.sids).toEqual([6, 5]);
  });
});

describe('errors (3.5.6, 7.1, 7.5)', () => {
  test('RD stays, ERR_REASON says why, ERR toggles, CMDQP_ERR is active and interrupts [register.GERROR.CMDQP_ERR] [register.ECMDQ_CONS.ERR] [register.ECMDQ_CONS.ERR_REASON]', () => {
    const machine = new Queues().open(4);
    let seen = 0;
    machine.onInterrupt = () => (seen = machine.get(4, 'CONS'));
    machine.fail(4);
    expect(machine.get(4, 'CONS')).toBe(EN + ACK + (CERROR.ILL << 24));
    expect(seen).toBe(EN + ACK + (CERROR.ILL << 24));
    expect(machine.peek('GERROR')).toBe(CMDQP_ERR);
    expect(machine.interrupts).toEqual(['GERROR']);
    expect(machine.sids).toEqual([]);
  });

  test('only that queue stops: others, and the command queue, go on; CMDQ_ERR stops none of them', () => {
    const machine = new Queues().open(0).open(1).fail(0);
    machine.cfgi(1, 0, 20);
    machine.set(1, 'PROD', EN + 1);
    machine.start();
    machine.run('CMD_CFGI_STE', { StreamID: 21 });
    expect(machine.sids).toEqual([20, 21]);
    machine.runWords(Int32Array.of(0xff, 0, 0, 0));
    expect(machine.registers.errorActive('CMDQ_ERR')).toBe(true);
    machine.cfgi(1, 1, 22);
    machine.set(1, 'PROD', EN + 2);
    expect(machine.sids).toEqual([20, 21, 22]);
    machine.write('CR0', CMDQEN);
    expect(machine.rd(0)).toBe(0);
  });

  test('ERRACK restarts it, GERRORN does not; the next error toggles ERR back [register.ECMDQ_PROD.ERRACK] [register.GERRORN.CMDQP_ERR]', () => {
    const machine = new Queues().open(0).fail(0);
    machine.write('GERRORN', CMDQP_ERR);
    machine.set(0, 'PROD', EN + 2);
    expect([machine.rd(0), machine.registers.errorActive('CMDQP_ERR')]).toEqual([0, false]);
    machine.cfgi(0, 0, 7);
    machine.set(0, 'PROD', EN + ACK + 2);
    expect([machine.sids, machine.rd(0)]).toEqual([[7, 100], 2]);
    machine.memory.write32(machine.ring(0) + 32n, 0xff);
    machine.set(0, 'PROD', EN + ACK + 3);
    expect(machine.get(0, 'CONS')).toBe(EN + (CERROR.ILL << 24) + 2);
    expect([machine.peek('GERROR'), machine.interrupts]).toEqual([0, ['GERROR', 'GERROR']]);
  });

  test('a ring outside memory is CERROR_ABT; a second error while CMDQP_ERR is active is in ERR alone', () => {
    const machine = new Queues().open(0).fail(0);
    machine.registers.write64(machine.offset(1, 'BASE'), 0x8000_0000n | 4n);
    machine.set(1, 'PROD', EN + 1);
    expect(machine.get(1, 'CONS')).toBe(EN + ACK + (CERROR.ABT << 24));
    expect(machine.interrupts).toEqual(['GERROR']);
  });

  test('ERRACK that moves without an error stops the queue, and is told', () => {
    const machine = new Queues().open(0);
    machine.cfgi(0, 0, 1);
    machine.set(0, 'PROD', EN + ACK + 1);
    expect([machine.sids, machine.takeMisuses()]).toEqual([[], ['inactive-error-toggled']]);
  });
});
