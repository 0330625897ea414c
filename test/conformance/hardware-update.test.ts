import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { stepOf } from '../../src/model/trace/steps.ts';
import { walkMatrix } from '../../src/model/trace/walk-view.ts';
import { CD_AT, eventOf, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, SID } from './nested-machine.ts';

/** Hardware update of the access flag and the dirty state (IHI 0070 3.13; smmuv3.md 4.4, 4.5, 11.1), row by row. */

const AF = 0x400n;
/** AP[2] at stage 1, S2AP[1] at stage 2. */
const DIRTY = 0x80n;
const DBM = 1n << 51n;
const HA: FieldValues = { HA: true };
const HD: FieldValues = { HA: true, HD: true };
const S2HA: FieldValues = { S2HA: true };
const S2HD: FieldValues = { S2HA: true, S2HD: true };
/** Leaves as software that tracks both makes them: old and clean. */
const OLD1 = (S1_PAGE & ~AF) | DBM | DIRTY;
const OLD2 = (S2_PAGE & ~AF & ~DIRTY) | DBM;

let m: NestedMachine;
afterEach(() => m.memory.release());

interface Place {
  /** PA of a leaf, and what it says beside its address. */
  readonly at: bigint;
  readonly flags: () => bigint;
}

const OFFSET = ~0xffff_ffff_f000n;
const place = (at: bigint): Place => ({ at, flags: () => m.memory.read64(at)! & OFFSET });

/** IDR0.HTTU 2 unless `httu` says otherwise. */
function machine(cd: FieldValues, ste: FieldValues, caches: CacheOptions = NO_CACHES, httu = 2): void {
  m = new NestedMachine({ id: { IDR0: PRESETS['qemu-11'].id.IDR0 | (httu << 6) }, cd, ste, caches });
}

const stage1 = (leaf: bigint): Place => place(m.mapStage1(IOVA, IPA | leaf));
const stage2 = (leaf: bigint): Place => place(m.mapStage2(IPA, PA | leaf));
/** The stage 2 leaf under the last table of stage 1, and under the CD. */
const underTable = (leaf: bigint): Place => {
  const table = m.stage1Path(IOVA)[3]! & ~0xfffn;
  return place(m.mapStage2(table + GUEST, table | leaf));
};
const underCd = (leaf: bigint): Place => place(m.mapStage2(CD_AT + GUEST, CD_AT | leaf));

describe('access flag [cd.HA] [ste.S2HA] [order.4.1.9c]', () => {
  it('stage 1: set on a read, a write, an instruction fetch; AP[2] stays [rule.httu.access-flag]', () => {
    for (const access of ['read', 'execute'] as const) {
      machine(HA, {});
      const leaf = stage1(OLD1);
      expect(m.access(access)).toMatchObject({ status: 'success', pa: PA, updates: 1 });
      expect(leaf.flags()).toBe(OLD1 | AF);
    }
    machine(HA, {});
    const leaf = stage1(S1_PAGE & ~AF);
    expect(m.access('write').status).toBe('success');
    expect(leaf.flags()).toBe(S1_PAGE);
  });

  it('stage 2: of the page, of a stage 1 table, of the CD; S2AP stays', () => {
    machine({}, S2HA);
    const leaves = [stage2(OLD2), underTable(OLD2), underCd(OLD2)];
    expect(m.access()).toMatchObject({ status: 'success', updates: 3 });
    expect(leaves.map((one) => one.flags())).toEqual([OLD2 | AF, OLD2 | AF, OLD2 | AF]);
  });

  it('AFFD and S2AFFD are for a stage that hardware does not update [cd.AFFD] [ste.S2AFFD] [event.F_ACCESS]', () => {
    const old1 = S1_PAGE & ~AF;
    const old2 = S2_PAGE & ~AF;
    for (const [cd, ste, flags1, flags2] of [
      [{ AFFD: true }, { S2AFFD: true }, old1, old2],
      [{ AFFD: true, HA: true }, { S2AFFD: true, S2HA: true }, S1_PAGE, S2_PAGE],
    ] as const) {
      machine(cd, ste);
      const leaves = [stage1(old1), stage2(old2)];
      expect(m.access().status).toBe('success');
      expect(leaves.map((one) => one.flags())).toEqual([flags1, flags2]);
    }
    machine({ HD: true }, {});
    const leaf = stage1(OLD1);
    expect(eventOf(m.access())).toMatchObject({ name: 'F_ACCESS', S2: false });
    expect(leaf.flags()).toBe(OLD1);
    machine({}, { S2HD: true });
    stage2(OLD2);
    expect(eventOf(m.access())).toMatchObject({ name: 'F_ACCESS', S2: true });
  });

  it('a permission fault leaves the flag as it is; a stage 2 fault comes after the update of stage 1 [gotcha.34]', () => {
    machine(HA, {});
    const leaf = stage1((S1_PAGE & ~AF) | DIRTY);
    expect(eventOf(m.access('write'))).toMatchObject({ name: 'F_PERMISSION', S2: false });
    expect(leaf.flags()).toBe((S1_PAGE & ~AF) | DIRTY);
    machine(HA, S2HA);
    const first = stage1(S1_PAGE & ~AF);
    const second = stage2(S2_PAGE & ~AF & ~DIRTY);
    expect(eventOf(m.access('write'))).toMatchObject({ name: 'F_PERMISSION', S2: true, Class: 2 });
    expect([first.flags(), second.flags()]).toEqual([S1_PAGE, S2_PAGE & ~AF & ~DIRTY]);
  });

  it('a contiguous leaf: only the descriptor that was read', () => {
    machine(HA, {});
    const [here, next] = [stage1((S1_PAGE & ~AF) | (1n << 52n)), place(m.mapStage1(IOVA + 0x1000n, (IPA + 0x1000n) | (S1_PAGE & ~AF)))];
    m.access();
    expect([here.flags(), next.flags()]).toEqual([S1_PAGE | (1n << 52n), S1_PAGE & ~AF]);
  });
});

describe('dirty state [cd.HD] [ste.S2HD] [order.4.1.9c]', () => {
  it('stage 1: a write clears AP[2] and sets AF; a read does not; without DBM it is read-only [rule.httu.dirty]', () => {
    machine(HD, {});
    const leaf = stage1(OLD1);
    m.access('read');
    expect(leaf.flags()).toBe(OLD1 | AF);
    expect(m.access('write').status).toBe('success');
    expect(leaf.flags()).toBe((OLD1 | AF) & ~DIRTY);
    m.memory.write64(leaf.at, IPA | (OLD1 & ~DBM));
    expect(m.access('write').rule).toBe('s1.permission-write');
  });

  it('stage 2: a write sets S2AP[1]; also of a page that could not be read', () => {
    for (const start of [OLD2, OLD2 & ~0x40n]) {
      machine({}, S2HD);
      const leaf = stage2(start);
      expect(m.access('write').status).toBe('success');
      expect(leaf.flags()).toBe(start | AF | DIRTY);
      expect(m.access('read').status).toBe(start === OLD2 ? 'success' : 'fault');
    }
  });

  it('HA alone leaves a clean page read-only', () => {
    machine(HA, S2HA);
    stage1(OLD1);
    expect(m.access('write').rule).toBe('s1.permission-write');
    stage1(S1_PAGE);
    stage2(OLD2);
    expect(m.access('write').rule).toBe('s2.permission-write');
  });

  it('APTable takes the write away: hardware does not make such a leaf dirty; HAD ignores APTable [cd.HAD0]', () => {
    for (const [had, status] of [
      [false, 'fault'],
      [true, 'success'],
    ] as const) {
      machine({ ...HD, HAD0: had }, {});
      const leaf = stage1(OLD1 | AF);
      const table = m.stage1Path(IOVA)[1]!;
      m.memory.write64(table, m.memory.read64(table)! | (1n << 62n));
      expect(m.access('write').status).toBe(status);
      expect((leaf.flags() & DIRTY) === 0n).toBe(had);
    }
  });

  it('a writable-clean page counts as writable for WXN and for implicit PXN (11.1) [cd.WXN]', () => {
    machine({ ...HD, WXN: true }, {});
    stage1(OLD1);
    expect(m.access('execute', { privileged: true }).rule).toBe('s1.permission-execute');
    machine(HD, {});
    stage1(OLD1);
    expect(m.access('execute', { privileged: true }).rule).toBe('s1.permission-execute');
    machine(HA, {});
    stage1(OLD1);
    expect(m.access('execute', { privileged: true }).status).toBe('success');
  });

  it('what software may do is said with the write that hardware would allow', () => {
    machine(HD, S2HD, DEFAULT_CACHES);
    stage1(OLD1);
    stage2(OLD2);
    for (let i = 0; i < 2; i++) expect(m.access('read').permissions?.privileged.write).toBe(true);
  });
});

describe('the descriptor of stage 1 is written through stage 2 (3.13) [event.F_PERMISSION] [gotcha.25]', () => {
  it("stage 2 refuses: F_PERMISSION, S2, CLASS TT, TTRnW 0, RnW the client's, IPA of the descriptor [rule.s2.permission-update] [gotcha.25]", () => {
    for (const access of ['read', 'write'] as const) {
      machine(HD, {});
      const leaf = stage1(OLD1);
      underTable(S2_PAGE & ~DIRTY);
      const record = eventOf(m.access(access));
      expect(record).toMatchObject({
        name: 'F_PERMISSION',
        S2: true,
        Class: 1,
        TTRnW: false,
        RnW: access === 'read',
        IPA: (leaf.at + GUEST) & ~0xfffn,
      });
      expect(leaf.flags()).toBe(OLD1);
    }
  });

  it('nothing to write: a read-only page of tables serves', () => {
    machine(HD, {});
    stage1(S1_PAGE);
    underTable(S2_PAGE & ~DIRTY);
    expect(m.access('write').status).toBe('success');
  });

  it('the page under the table becomes dirty, the page under the CD never [command.CMD_PREFETCH_CONFIG] [gotcha.25]', () => {
    for (const caches of [NO_CACHES, DEFAULT_CACHES]) {
      machine(HA, S2HD, caches);
      m.access('read', { iova: IOVA + 0x1000n });
      stage1(OLD1);
      const [table, cd] = [underTable(OLD2), underCd(OLD2)];
      m.command(0x30n);
      m.command(0x04n, 31n);
      expect(m.access('read').status).toBe('success');
      expect([table.flags(), cd.flags()]).toEqual([OLD2 | AF | DIRTY, OLD2 | AF]);
    }
  });

  it('S2HA without S2HD: a clean page of tables refuses the update', () => {
    machine(HA, S2HA);
    stage1(OLD1);
    underTable(OLD2);
    expect(eventOf(m.access())).toMatchObject({ name: 'F_PERMISSION', TTRnW: false });
  });
});

describe('EL2 and stage 1 alone', () => {
  it('stage 1 tables by PA are updated where they are [ste.STRW]', () => {
    for (const [IDR0, STRW] of [
      [0x80, 0],
      [0x280, 2],
    ] as const) {
      m = new NestedMachine({
        id: { IDR0: PRESETS['qemu-11'].id.IDR0 | IDR0 },
        ste: { Config: 5, S1ContextPtr: CD_AT, STRW },
        cd: { ...HD, TTB0: 0x4040_0000n },
      });
      const path = m.stage1Path(IOVA);
      path.slice(0, 3).forEach((at) => m.memory.write64(at, m.memory.read64(at)! - GUEST));
      m.memory.write64(path[3]!, PA | OLD1);
      expect(m.access('write', { privileged: false }).status).toBe('success');
      expect(m.memory.read64(path[3]!)).toBe(PA | ((OLD1 | AF) & ~DIRTY));
    }
  });
});

describe('caches', () => {
  it('an entry of a clean page does not answer a write: it walks, and the next one is a hit', () => {
    machine(HD, S2HD, DEFAULT_CACHES);
    const leaves = [stage1(OLD1), stage2(OLD2)];
    expect(m.access('read').rule).toBe('ok.translated');
    expect(m.access('read').rule).toBe('tlb.hit');
    expect(m.access('write')).toMatchObject({ rule: 'ok.translated', updates: 2 });
    expect(leaves.map((one) => one.flags())).toEqual([(OLD1 | AF) & ~DIRTY, OLD2 | AF | DIRTY]);
    expect(m.access('write').rule).toBe('tlb.hit');
  });

  it('cleaned again without a TLBI, a page stays clean although it is written', () => {
    machine(HD, {}, DEFAULT_CACHES);
    const leaf = stage1(OLD1);
    m.access('write');
    m.memory.write64(leaf.at, IPA | OLD1 | AF);
    m.access('write');
    expect(leaf.flags()).toBe(OLD1 | AF);
    m.command(0x12n | (3n << 32n) | (5n << 48n), IOVA);
    m.access('write');
    expect(leaf.flags()).toBe((OLD1 | AF) & ~DIRTY);
  });

  it('a table kept by a CD without hardware update is not written behind the back of stage 2', () => {
    machine({}, {}, { ...NO_CACHES, s1Walk: 16, s2Walk: 16 });
    expect(m.access().status).toBe('success');
    m.cd(HA);
    stage1(OLD1);
    underTable(S2_PAGE & ~DIRTY);
    expect(eventOf(m.access())).toMatchObject({ name: 'F_PERMISSION', Class: 1, TTRnW: false });
  });

  it('the unrolled walk leaves an update to the generic one, and walks when none is due', () => {
    const unrolled = { ...NO_CACHES, config: 64, s1Walk: 16, s2Walk: 16 };
    machine(HD, S2HD, unrolled);
    const leaves = [stage1(OLD1), stage2(OLD2)];
    const flags = (): bigint[] => leaves.map((one) => one.flags());
    m.access('read');
    expect(flags()).toEqual([OLD1 | AF, OLD2 | AF]);
    m.access('write');
    expect(flags()).toEqual([(OLD1 | AF) & ~DIRTY, OLD2 | AF | DIRTY]);
    expect(m.access('write')).toMatchObject({ status: 'success', updates: 0, reads: 3 });
  });

  it('a batch updates as single accesses do', () => {
    machine(HD, S2HD, { ...NO_CACHES, config: 64 });
    const leaves = [stage1(OLD1), stage2(OLD2)];
    const { requests, results, run } = m.smmu.openBatch(1);
    requests.set([SID, 4, Number(BigInt.asIntN(32, IOVA)), Number(IOVA >> 32n)]);
    run(1);
    expect(results[0]! & 15).toBe(0);
    expect(leaves.map((one) => one.flags())).toEqual([(OLD1 | AF) & ~DIRTY, OLD2 | AF | DIRTY]);
  });
});

describe('legality [rule.cd.ha] [rule.cd.hd] [rule.ste.s2ha] [rule.ste.s2hd] [register.IDR0.HTTU]', () => {
  it.each([
    [0, HA, {}, 'cd.ha'],
    [0, { HD: true }, {}, 'cd.ha'],
    [1, HA, {}, 'ok.translated'],
    [1, HD, {}, 'cd.hd'],
    [1, { HD: true }, {}, 'cd.hd'],
    [2, { HD: true }, {}, 'ok.translated'],
    [0, {}, S2HA, 'ste.s2ha'],
    [0, {}, { S2HD: true }, 'ste.s2ha'],
    [1, {}, S2HA, 'ok.translated'],
    [1, {}, S2HD, 'ste.s2hd'],
    [2, {}, { S2HD: true }, 'ok.translated'],
    [2, HD, S2HD, 'ok.translated'],
  ] as const)('HTTU %i, CD %o, STE %o: %s', (httu, cd, ste, rule) => {
    machine(cd, ste, NO_CACHES, httu);
    expect(m.access().rule).toBe(rule);
  });
});

describe('an external abort of the update [event.F_WALK_EABT] [rule.s1.update-abort] [rule.s2.update-abort]', () => {
  it.each([
    [1, HA, {}, 's1.update-abort'],
    [2, {}, S2HA, 's2.update-abort'],
  ] as const)("stage %i: F_WALK_EABT with the descriptor's PA", (stage, cd, ste, rule) => {
    machine(cd, ste);
    const leaf = stage === 1 ? stage1(OLD1) : stage2(OLD2);
    const store = m.memory.store32.bind(m.memory);
    m.memory.store32 = (hi, lo, value) => BigInt(lo >>> 0) !== leaf.at && store(hi, lo, value);
    const outcome = m.access();
    expect(outcome.rule).toBe(rule);
    expect(eventOf(outcome)).toMatchObject({ name: 'F_WALK_EABT', S2: stage === 2, Class: stage === 1 ? 1 : 2, FetchAddr: leaf.at });
  });
});

it('the trace says which descriptor became what, and the walk matrix marks its cell', () => {
  machine(HD, S2HD);
  const leaf = stage1(OLD1);
  underTable(OLD2);
  stage2(OLD2);
  const buffer = new TraceBuffer();
  m.smmu.setRecorder(new Recorder(buffer));
  m.access('write');
  const records = Array.from({ length: buffer.count }, (_, i) => decodeRecord(buffer.words, i * RECORD_WORDS));
  const updates = records.filter(({ kind }) => kind === 'UPDATE').map(stepOf);
  expect(updates.map(({ rule, stage, section }) => [rule, stage, section])).toEqual([
    ['httu.access-flag', 2, '3.13'],
    ['httu.dirty', 2, '3.13'],
    ['httu.dirty', 1, '3.13'],
    ['httu.dirty', 2, '3.13'],
  ]);
  expect(updates[2]!.text).toBe(
    `hardware makes the stage 1 level 3 descriptor at PA 0x${leaf.at.toString(16)} accessed (AF) and dirty (AP[2]): 0x${(IPA | ((OLD1 | AF) & ~DIRTY)).toString(16)}`,
  );
  const matrix = walkMatrix(records);
  expect(matrix.rows.at(-2)!.cells[4]!.text).toMatch(/ R\/R DBM AF=0; hardware makes it accessed \(AF\) and dirty \(AP\[2\]\)$/);
  expect(matrix.rows.at(-1)!.cells[3]!.text).toMatch(/hardware makes it accessed \(AF\) and dirty \(S2AP\[1\]\)$/);
});
