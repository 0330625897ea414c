import { describe, expect, it } from 'vitest';
import type { FieldValues } from '../../src/model/spec/index.ts';
import type { Outcome } from '../../src/model/smmu/smmu.ts';
import { DmaTransfer } from '../../src/model/smmu/dma.ts';
import { CD_AT, eventOf, fieldsOf, GUEST, IOVA, IPA, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';
import type { NestedMachine } from './nested-machine.ts';
import { resume, stalling, stallTerm, waiting } from './stalling-machine.ts';

/** The stall model (smmuv3.md 5.1, 5.3, 8.3; IHI 0070 3.12.2, 4.7.1, 4.7.2, 5.5). */

/** IOVAs next to the one that is mapped: stage 1 has nothing there. */
const HOLE = IOVA + 0x1000n;
const hole = (n: number): bigint => IOVA + BigInt(n) * 0x1000n;
const CR0 = 0x20;
const IRQ_CTRL = 0x50;
const EVENTQ_IRQEN = 4;
const ALL_ON = 0b1101;

/** What the queue holds, oldest first: name, Stall, STAG. */
const queued = (m: NestedMachine): unknown[] =>
  m.smmu.eventQueue.entries().map((words) => {
    const { name, Stall, STAG } = fieldsOf(words);
    return [name, Stall, STAG];
  });

/** Software has read everything in the event queue. */
const drain = (m: NestedMachine): void => m.smmu.write32(0x100ac, m.smmu.read32(0x100a8) & 0xff);

/** Stalls at `iova`, and remembers how it ends. */
function stalled(m: NestedMachine, iova: bigint, access: 'read' | 'write' = 'read'): { first: Outcome; end: Outcome | null } {
  const seen: { first: Outcome; end: Outcome | null } = { first: m.access(access, { iova }), end: null };
  m.smmu.stalls.follow(seen.first.transaction, (end) => (seen.end = end.status === 'stalled' ? null : end));
  return seen;
}

describe('which faults stall (5.1)', () => {
  const AT_STAGE_1: readonly (readonly [A: boolean, R: boolean, S: boolean, status: string, response: string, recorded: boolean])[] = [
    [false, false, false, 'fault', 'raz-wi', false],
    [false, true, false, 'fault', 'raz-wi', true],
    [true, false, false, 'fault', 'abort', false],
    [true, true, false, 'fault', 'abort', true],
    [false, false, true, 'stalled', 'none', true],
    [false, true, true, 'stalled', 'none', true],
    [true, false, true, 'stalled', 'none', true],
    [true, true, true, 'stalled', 'none', true],
  ];
  it.each(AT_STAGE_1)('stage 1, A %s R %s S %s: %s, %s, event %s [cd.A] [cd.R] [cd.S] [gotcha.14]', (A, R, S, status, response, recorded) => {
    const m = stalling({ cd: { A, R, S } });
    const outcome = m.access('read', { iova: HOLE });
    expect(outcome).toMatchObject({ status, response, fault: { name: 'F_TRANSLATION', stage: 1, recorded } });
    expect(outcome.events).toHaveLength(recorded ? 1 : 0);
    expect(queued(m)).toEqual(recorded ? [['F_TRANSLATION', S, 0]] : []);
  });

  it.each([
    [false, false, 'fault', 'abort', false],
    [true, false, 'fault', 'abort', true],
    [false, true, 'stalled', 'none', true],
    [true, true, 'stalled', 'none', true],
  ])('stage 2, S2R %s S2S %s: %s, %s, event %s [ste.S2R] [ste.S2S] [gotcha.14]', (S2R, S2S, status, response, recorded) => {
    const m = stalling({ ste: { S2R, S2S }, cd: { S: false } });
    m.mapStage2(IPA, 0n);
    const outcome = m.access('read');
    expect(outcome).toMatchObject({ status, response, fault: { name: 'F_TRANSLATION', stage: 2, recorded } });
    expect(outcome.events).toHaveLength(recorded ? 1 : 0);
  });

  it('the stage that found the fault decides: CD.S has no say in one of stage 2, S2S none in one of stage 1 [ste.S2S] [cd.S]', () => {
    const at1 = stalling({ ste: { S2S: false } });
    at1.mapStage2(IPA, 0n);
    expect([at1.access('read').status, at1.access('read', { iova: HOLE }).status]).toEqual(['fault', 'stalled']);
    const at2 = stalling({ cd: { S: false } });
    at2.mapStage2(IPA, 0n);
    expect([at2.access('read').status, at2.access('read', { iova: HOLE }).status]).toEqual(['stalled', 'fault']);
  });

  const RELATED: readonly (readonly [string, (m: NestedMachine) => void, 'read' | 'write'])[] = [
    ['F_TRANSLATION', (m) => void m.mapStage1(IOVA, 0n), 'read'],
    ['F_ADDR_SIZE', (m) => void m.mapStage1(IOVA, (1n << 45n) | S1_PAGE), 'read'],
    ['F_ACCESS', (m) => void m.mapStage1(IOVA, (IPA | S1_PAGE) & ~0x400n), 'read'],
    ['F_PERMISSION', (m) => void m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n), 'write'],
  ];
  it.each(RELATED)('%s of stage 1 stalls [event.F_TRANSLATION] [event.F_ADDR_SIZE] [event.F_ACCESS] [event.F_PERMISSION]', (name, bend, access) => {
    const m = stalling();
    bend(m);
    expect(m.access(access)).toMatchObject({ status: 'stalled', fault: { name, stage: 1 } });
    expect(eventOf(m.access(access))).toMatchObject({ name, Stall: true, STAG: 1, RnW: access === 'read', S2: false });
  });

  it('a fault of stage 2 stalls for a CD and for a table of stage 1 too; F_WALK_EABT and F_CD_FETCH never do [gotcha.11] [event.F_WALK_EABT] [event.F_CD_FETCH]', () => {
    const cd = stalling();
    cd.mapStage2(CD_AT + GUEST, 0n);
    expect(eventOf(cd.access())).toMatchObject({ name: 'F_TRANSLATION', S2: true, Class: 0, Stall: true, STAG: 0 });
    const table = stalling();
    table.mapStage2(table.stage1Path(IOVA)[3]! + GUEST, 0n);
    expect(eventOf(table.access())).toMatchObject({ name: 'F_TRANSLATION', S2: true, Class: 1, Stall: true });
    const cdAborts = stalling();
    cdAborts.mapStage2(CD_AT + GUEST, 0x4400_0000n | S2_PAGE);
    expect(cdAborts.access()).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'F_CD_FETCH' } });
    const walkAborts = stalling();
    walkAborts.mapStage2(walkAborts.stage1Path(IOVA)[3]! + GUEST, 0x4400_0000n | S2_PAGE);
    expect(walkAborts.access()).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'F_WALK_EABT' } });
  });

  it('what no stage translates never stalls: an input beyond IAS, a configuration error [gotcha.10] [gotcha.11] [rule.s1bypass.ias]', () => {
    const m = stalling({ ste: { Config: 6 } });
    expect(m.access('read', { iova: 1n << 50n })).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'F_ADDR_SIZE', stage: 1 } });
    const bad = stalling({ cd: { V: false } });
    expect(bad.access()).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'C_BAD_CD' } });
  });
});

describe('legality (2.3, 3.4)', () => {
  const ROWS: readonly (readonly [string, number, FieldValues, FieldValues, string])[] = [
    ['S1STALLD 1 with STALL_MODEL 2 [rule.ste.s1stalld] [ste.S1STALLD]', 2, { S1STALLD: true }, {}, 'ste.s1stalld'],
    ['S1STALLD 1 with STALL_MODEL 1 [rule.ste.s1stalld]', 1, { S1STALLD: true, S2S: false }, { S: false }, 'ste.s1stalld'],
    ['S2S 1 with STALL_MODEL 1 [rule.ste.s2s.terminate-only]', 1, { S2S: true }, { S: false }, 'ste.s2s.terminate-only'],
    ['S2S 0 with STALL_MODEL 2 [rule.ste.s2s.stall-forced] [gotcha.14]', 2, { S2S: false }, {}, 'ste.s2s.stall-forced'],
    ['S 1 with S1STALLD 1 [rule.cd.s.s1stalld]', 0, { S1STALLD: true }, { S: true }, 'cd.s.s1stalld'],
    ['S 1 with STALL_MODEL 1 [rule.cd.s.terminate-only]', 1, { S2S: false }, { S: true }, 'cd.s.terminate-only'],
    ['S 0 with STALL_MODEL 2 [rule.cd.s.stall-forced] [gotcha.14]', 2, {}, { S: false }, 'cd.s.stall-forced'],
  ];
  it.each(ROWS)('%s is ILLEGAL', (_title, model, ste, cd, rule) => {
    expect(stalling({ model, ste, cd }).access()).toMatchObject({ status: 'fault', rule });
  });

  it.each([
    ['STALL_MODEL 0, S1STALLD 1 and S 0 [ste.S1STALLD]', 0, { S1STALLD: true, S2S: false }, { S: false }],
    ['STALL_MODEL 2, everything stalls', 2, {}, {}],
    ['STALL_MODEL 1, nothing does', 1, { S2S: false }, { S: false }],
  ])('%s is legal', (_title, model, ste, cd) => {
    expect(stalling({ model, ste, cd }).access().status).toBe('success');
  });
});

describe('CMD_RESUME (4.7.1)', () => {
  it('retry starts anew with the configuration of now: the page that was mapped is found [command.CMD_RESUME]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    expect(one.first).toMatchObject({ status: 'stalled', stall: { stag: 0, held: 'none' } });
    m.mapStage1(HOLE, IPA | S1_PAGE);
    expect(one.end).toBeNull();
    resume(m, 0, 'retry');
    expect(one.end).toMatchObject({ status: 'success', pa: PA });
    expect(waiting(m)).toEqual([]);
  });

  it('a retry is a transaction of its own: it may stall again, with a new event and a STAG of its own [command.CMD_RESUME] [gotcha.33]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    resume(m, 0, 'retry');
    expect(one.end).toBeNull();
    expect(waiting(m)).toEqual([1]);
    m.mapStage1(HOLE, IPA | S1_PAGE | 0x80n);
    resume(m, 0, 'retry');
    expect(waiting(m)).toEqual([1]);
    resume(m, 1, 'retry');
    expect(one.end).toMatchObject({ status: 'success' });
    expect(queued(m)).toEqual([['F_TRANSLATION', true, 0], ['F_TRANSLATION', true, 1]]);
  });

  it('a retry may end otherwise: an STE that aborts, another fault that does not stall [command.CMD_RESUME] [gotcha.33] [ste.Config]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    const two = stalled(m, hole(2));
    m.setSte('Config', 0);
    resume(m, 0, 'retry');
    expect(one.end).toMatchObject({ status: 'abort', response: 'abort', events: [] });
    m.setSte('Config', 7);
    m.cd({ S: false, A: true, R: true });
    resume(m, 1, 'retry');
    expect(two.end).toMatchObject({ status: 'fault', response: 'abort', fault: { name: 'F_TRANSLATION' } });
    expect(queued(m).at(-1)).toEqual(['F_TRANSLATION', false, 0]);
  });

  it.each([
    ['abort', false, 'abort'],
    ['raz-wi', false, 'raz-wi'],
    ['abort', true, 'abort'],
    ['raz-wi', true, 'abort'],
  ] as const)('terminate as %s, TERM_MODEL %s: the device sees %s, at stage 2 too [command.CMD_RESUME] [gotcha.13]', (answer, terminates, response) => {
    const m = stalling({ terminates, cd: { A: true } });
    m.mapStage2(IPA, 0n);
    const one = stalled(m, HOLE);
    const two = stalled(m, IOVA);
    resume(m, 0, answer);
    resume(m, 1, answer);
    expect([one.end, two.end]).toMatchObject([{ status: 'fault', response, fault: { stage: 1 } }, { status: 'fault', response, fault: { stage: 2 } }]);
    expect(waiting(m)).toEqual([]);
  });

  it('a STAG that nothing has, or that another stream has, is no error and does nothing; SSec 1 is CERROR_ILL [gotcha.32] [command.CMD_RESUME]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    resume(m, 7, 'abort');
    resume(m, 0, 'abort', SID + 1);
    expect([one.end, m.smmu.read32(0x60)]).toEqual([null, 0]);
    m.command((BigInt(SID) << 32n) | (1n << 10n) | 0x44n);
    expect([m.smmu.read32(0x60) & 1, (m.smmu.read32(0x9c) >>> 24) & 0x7f]).toEqual([1, 1]);
    expect(waiting(m)).toEqual([0]);
  });

  it('a STAG is used once: a second CMD_RESUME with it does nothing [gotcha.32]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    resume(m, 0, 'abort');
    const two = stalled(m, HOLE);
    resume(m, 0, 'abort');
    expect([one.end?.response, two.end, waiting(m)]).toEqual(['abort', null, [1]]);
  });

  it('with STALL_MODEL 1 CMD_RESUME and CMD_STALL_TERM are CERROR_ILL [command.CMD_RESUME] [command.CMD_STALL_TERM] [register.IDR0.STALL_MODEL]', () => {
    for (const opcode of [0x44n, 0x45n]) {
      const m = stalling({ model: 1, ste: { S2S: false }, cd: { S: false } });
      m.command((BigInt(SID) << 32n) | opcode);
      expect([m.smmu.read32(0x60) & 1, (m.smmu.read32(0x9c) >>> 24) & 0x7f]).toEqual([1, 1]);
    }
  });

  it('CFGI and TLBI do not touch what is stalled [command.CMD_CFGI_STE] [command.CMD_TLBI_NSNH_ALL]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    for (const command of [(BigInt(SID) << 32n) | 0x03n, 0x30n, 0x46n]) m.command(command, 1n);
    m.mapStage1(HOLE, IPA | S1_PAGE);
    expect([one.end, waiting(m)]).toEqual([null, [0]]);
  });
});

describe('CMD_STALL_TERM, SMMUEN', () => {
  it('CMD_STALL_TERM aborts everything that waits of the stream, told of or not, and nothing else [command.CMD_STALL_TERM]', () => {
    const m = stalling({ max: 2 });
    m.ste({ S2S: true }, SID + 1);
    const ends: string[] = [];
    const start = (iova: bigint, sid: number): void => {
      const { transaction } = m.access('read', { iova, sid });
      m.smmu.stalls.follow(transaction, ({ response, status }) => ends.push(`${sid} ${status} ${response}`));
    };
    start(HOLE, SID);
    start(HOLE, SID + 1);
    start(hole(2), SID);
    expect(waiting(m)).toEqual([0, 1, -1]);
    stallTerm(m);
    expect(ends).toEqual([`${SID} fault abort`, `${SID} fault abort`]);
    expect(waiting(m)).toEqual([1]);
  });

  it('SMMUEN 1 to 0 aborts them all and frees their STAGs; afterwards CMD_RESUME finds none [register.CR0.SMMUEN]', () => {
    const m = stalling({ max: 1 });
    const all = [stalled(m, HOLE), stalled(m, hole(2))];
    m.smmu.write32(CR0, ALL_ON & ~1);
    expect(all.map(({ end }) => end?.response)).toEqual(['abort', 'abort']);
    resume(m, 0, 'retry');
    expect(waiting(m)).toEqual([]);
    m.smmu.write32(CR0, ALL_ON);
    expect(stalled(m, HOLE).first.stall).toEqual({ stag: 1, held: 'none' });
  });

  it('CMDQEN and EVENTQEN going off leave what is stalled alone [register.CR0.CMDQEN] [register.CR0.EVENTQEN]', () => {
    const m = stalling();
    const one = stalled(m, HOLE);
    m.smmu.write32(CR0, 1);
    m.smmu.write32(CR0, ALL_ON);
    expect([one.end, waiting(m)]).toEqual([null, [0]]);
    resume(m, 0, 'abort');
    expect(one.end?.response).toBe('abort');
  });
});

describe('the event queue and STALL_MAX (3.5.3, 3.12.2)', () => {
  /** A queue of two records. */
  const small = (): NestedMachine => {
    const m = stalling();
    m.smmu.write32(CR0, 0b1001);
    m.smmu.write64(0xa0, 0x4010_0001n);
    m.smmu.write32(CR0, ALL_ON);
    return m;
  };

  it('a full queue holds a stall back without overflow, and takes it when there is room [gotcha.15] [register.EVENTQ_PROD.OVFLG]', () => {
    const m = small();
    const all = [HOLE, hole(2), hole(3)].map((iova) => stalled(m, iova));
    expect(all.map(({ first }) => first.stall)).toEqual([{ stag: 0, held: 'none' }, { stag: 1, held: 'none' }, { stag: 2, held: 'queue-full' }]);
    expect(m.smmu.read32(0x100a8) >>> 31).toBe(0);
    drain(m);
    expect(queued(m)).toEqual([['F_TRANSLATION', true, 2]]);
    resume(m, 2, 'abort');
    expect(all[2]!.end?.response).toBe('abort');
  });

  it('what was held back is tried again: a page mapped meanwhile makes no event', () => {
    const m = small();
    const all = [HOLE, hole(2), hole(3)].map((iova) => stalled(m, iova));
    m.mapStage1(hole(3), IPA | S1_PAGE);
    drain(m);
    expect(all[2]!.end).toMatchObject({ status: 'success' });
    expect(queued(m)).toEqual([]);
  });

  it('EVENTQEN 0 holds a stall back, EVENTQEN 1 writes it; other events are lost meanwhile [register.CR0.EVENTQEN] [gotcha.15]', () => {
    const m = stalling();
    m.smmu.write32(CR0, 0b1001);
    const one = stalled(m, HOLE);
    m.access('read', { sid: 0x9999 });
    expect(one.first.stall).toEqual({ stag: 0, held: 'queue-disabled' });
    resume(m, 0, 'abort');
    expect(one.end).toBeNull();
    m.smmu.write32(CR0, ALL_ON);
    expect(queued(m)).toEqual([['F_TRANSLATION', true, 0]]);
  });

  it('EVENTQ_ABT_ERR: the record that met it is not lost, and is written after the acknowledgement [register.GERROR.EVENTQ_ABT_ERR]', () => {
    const m = stalling();
    m.smmu.write32(CR0, 0b1001);
    m.smmu.write64(0xa0, 0x4400_0007n);
    m.smmu.write32(CR0, ALL_ON);
    expect(stalled(m, HOLE).first.stall).toEqual({ stag: 0, held: 'queue-error' });
    expect(stalled(m, hole(2)).first.stall).toEqual({ stag: 1, held: 'queue-error' });
    m.smmu.write32(CR0, 0b1001);
    m.smmu.write64(0xa0, 0x4010_0007n);
    m.smmu.write32(CR0, ALL_ON);
    expect(queued(m)).toEqual([]);
    m.smmu.write32(0x64, m.smmu.read32(0x60));
    expect(queued(m)).toEqual([['F_TRANSLATION', true, 0], ['F_TRANSLATION', true, 1]]);
  });

  it('no more than STALL_MAX are told of: the next waits without a STAG for one to end [register.IDR5.STALL_MAX]', () => {
    const m = stalling({ max: 2 });
    const all = [HOLE, hole(2), hole(3)].map((iova) => stalled(m, iova));
    expect(all.map(({ first }) => first.stall)).toEqual([{ stag: 0, held: 'none' }, { stag: 1, held: 'none' }, { stag: null, held: 'stall-max' }]);
    expect(all[2]!.first).toMatchObject({ fault: { recorded: false }, events: [] });
    resume(m, 1, 'abort');
    expect(waiting(m)).toEqual([0, 2]);
    expect(queued(m)).toHaveLength(3);
    expect(all[2]!.end).toBeNull();
  });

  it('a stall without a STAG does not keep back a younger one that has one', () => {
    const m = stalling({ max: 2 });
    m.smmu.write32(CR0, 0b1001);
    m.smmu.write64(0xa0, 0x4010_0001n);
    m.smmu.write32(CR0, ALL_ON);
    for (const n of [1, 2, 3]) stalled(m, hole(n));
    resume(m, 0, 'abort');
    stalled(m, hole(4));
    expect(waiting(m)).toEqual([1, -1, 2]);
    drain(m);
    expect(queued(m)).toEqual([['F_TRANSLATION', true, 2]]);
  });

  it('STAGs go round 16 bits, past those in use', () => {
    const m = stalling({ max: 2 });
    stalled(m, HOLE);
    for (let n = 1; n < 0x1_0001; n++) {
      stalled(m, hole(2));
      resume(m, n === 0x1_0000 ? 1 : n, 'abort');
      drain(m);
    }
    expect(waiting(m)).toEqual([0]);
  });
});

describe('duplicates (3.12.2.1)', () => {
  it('recorded: each stall has its own event; suppressed: one event for the page, and all are retried with it', () => {
    const one = stalling();
    for (const iova of [HOLE, HOLE + 8n]) stalled(one, iova);
    expect(queued(one)).toEqual([['F_TRANSLATION', true, 0], ['F_TRANSLATION', true, 1]]);
    const m = stalling({ duplicates: 'suppressed' });
    const first = stalled(m, HOLE);
    const twin = stalled(m, HOLE + 8n);
    const write = stalled(m, HOLE, 'write');
    expect([twin.first.stall, write.first.stall]).toEqual([{ stag: null, held: 'duplicate' }, { stag: 1, held: 'none' }]);
    resume(m, 0, 'abort');
    expect([first.end?.response, twin.end, waiting(m)]).toEqual(['abort', null, [1, 2]]);
    m.mapStage1(HOLE, IPA | S1_PAGE);
    resume(m, 2, 'retry');
    expect(twin.end).toMatchObject({ status: 'success', pa: PA + 8n });
  });

  it('CMD_STALL_TERM ends them with the one that was told of [command.CMD_STALL_TERM]', () => {
    const m = stalling({ duplicates: 'suppressed' });
    const all = [stalled(m, HOLE), stalled(m, HOLE + 8n)];
    stallTerm(m);
    expect([all.map(({ end }) => end?.response), waiting(m)]).toEqual([['abort', 'abort'], []]);
  });
});

describe('a device that waits', () => {
  it('a DMA that is retried really moves its data, page after page, and stops at the next stall', () => {
    const m = stalling();
    const data = new Uint8Array(0x2100).map((_, i) => i & 0xff);
    for (let page = 0n; page < 3n; page++) m.mapStage2(IPA + page * 0x1000n, (PA + page * 0x1000n) | S2_PAGE);
    const transfer = new DmaTransfer(m.smmu, { sid: SID, iova: IOVA, access: 'write', privileged: true }, data.length, data);
    expect(transfer.result).toMatchObject({ moved: 0x1000, outcome: { status: 'stalled', stall: { stag: 0 } } });
    m.mapStage1(hole(1), (IPA + 0x1000n) | S1_PAGE);
    resume(m, 0, 'retry');
    expect(transfer.waits).toBe(true);
    expect(m.memory.readBytes(PA + 0x1000n, 0x1000)).toEqual(data.slice(0x1000, 0x2000));
    m.mapStage1(hole(2), (IPA + 0x2000n) | S1_PAGE);
    resume(m, 1, 'retry');
    expect(transfer.result).toMatchObject({ moved: 0x2100, busAbort: false, outcome: { status: 'success' } });
    expect(m.memory.readBytes(PA, 0x2100)).toEqual(data);
  });

  it('an interrupt handler that answers at once: the transaction stalls first, and its device is told of the end', () => {
    const m: NestedMachine = stalling({
      onInterrupt: () => {
        m.mapStage1(HOLE, IPA | S1_PAGE);
        resume(m, 0, 'retry');
      },
    });
    m.smmu.write32(IRQ_CTRL, EVENTQ_IRQEN);
    const ends: string[] = [];
    const first = m.smmu.translate({ sid: SID, iova: HOLE, access: 'read', privileged: true }, 4, ({ status }) => ends.push(status));
    expect([first.status, ends]).toEqual(['stalled', ['success']]);
  });

  it('a read that ends as RAZ/WI brings zeroes', () => {
    const m = stalling();
    m.memory.writeBytes(PA, Uint8Array.of(1, 2, 3, 4));
    const transfer = new DmaTransfer(m.smmu, { sid: SID, iova: HOLE, access: 'read', privileged: true }, 4);
    resume(m, 0, 'raz-wi');
    expect(transfer.result).toMatchObject({ moved: 0, data: new Uint8Array(4), outcome: { response: 'raz-wi' } });
  });
});
