import { describe, expect, it } from 'vitest';
import { DEFAULT_CACHES, NO_CACHES } from '../../src/model/smmu/options.ts';
import type { CacheOptions } from '../../src/model/smmu/options.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import { decodeRecord, RECORD_WORDS } from '../../src/model/trace/record.ts';
import type { TraceRecord } from '../../src/model/trace/record.ts';
import { Recorder } from '../../src/model/trace/recorder.ts';
import { TraceBuffer } from '../../src/model/trace/sink.ts';
import { stepOf } from '../../src/model/trace/steps.ts';
import { walkMatrix } from '../../src/model/trace/walk-view.ts';
import type { WalkMatrix } from '../../src/model/trace/walk-view.ts';
import { ABORTS, CD_AT, GUEST, IOVA, IPA, NestedMachine, PA, S1_PAGE, S2_PAGE, STREAM_TABLE } from './nested-machine.ts';

/** The folds over a translation's records: the nested walk as a grid, and as sentences. */

const { id } = PRESETS['qemu-11'];
const S2_LEVEL_0 = 0x4070_0000n;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Four levels at both stages. */
class DeepMachine extends NestedMachine {
  readonly #buffer = new TraceBuffer();

  constructor(caches: CacheOptions = NO_CACHES, ste: FieldValues = {}, cd: FieldValues = {}) {
    super({
      caches,
      id: { IDR0: id.IDR0 | (1 << 19), IDR1: id.IDR1 | (20 << 6), IDR5: 0x75 },
      ste: { S2T0SZ: 16, S2SL0: 2, S2TTB: S2_LEVEL_0, ...ste },
      cd,
    });
    this.memory.write64(S2_LEVEL_0, (this.stage2Path(IPA)[0]! & ~0xfffn) | 3n);
    this.smmu.setRecorder(new Recorder(this.#buffer));
  }

  /** The records of one access. */
  trace(access: 'read' | 'write' = 'read', iova = IOVA, ssid?: number): TraceRecord[] {
    this.#buffer.clear();
    this.access(access, { iova, ...(ssid === undefined ? {} : { ssid }) });
    return Array.from({ length: this.#buffer.count }, (_, i) => decodeRecord(this.#buffer.words, i * RECORD_WORDS)).filter(
      (record) => record.transaction > 0,
    );
  }

  grid(iova = IOVA): WalkMatrix {
    return walkMatrix(this.trace('read', iova));
  }

  deepPath(ipa: bigint): bigint[] {
    return [S2_LEVEL_0, ...this.stage2Path(ipa)];
  }
}

/** r read, h hit, F fault (read or not), - nothing; one letter a column. */
const shape = (m: WalkMatrix): string[] =>
  m.rows.map(
    (row) =>
      `${row.label}: ${row.cells.map((cell) => (cell === null ? '-' : cell.verdict === 'fault' ? 'F' : cell.kind === 'read' ? 'r' : 'h')).join('')}`,
  );
const faultOf = (m: WalkMatrix): unknown => {
  const [row, column] = m.faultCell!;
  const cell = m.rows[row]!.cells[column]!;
  return { row: m.rows[row]!.label, column, kind: cell.kind, address: cell.address, space: cell.space, rule: cell.rule };
};

describe('the grid of a nested walk (3.3.2, 9.2): 4 x (4 + 1) + 4 descriptors, after the STE and the CD', () => {
  it('without caches every cell is a read, at the address of its descriptor', () => {
    const m = new DeepMachine();
    const grid = m.grid();
    expect(shape(grid)).toEqual([
      'STE: ----r',
      'CD: rrrrr',
      'S1 L0: rrrrr',
      'S1 L1: rrrrr',
      'S1 L2: rrrrr',
      'S1 L3: rrrrr',
      'Final IPA: rrrr-',
    ]);
    expect([grid.reads, grid.max, grid.status, grid.faultCell]).toEqual([1 + 5 + 4 * 5 + 4, 30, 'success', undefined]);
    const stage1 = m.stage1Path(IOVA);
    const wanted = [[...m.deepPath(CD_AT + GUEST), CD_AT], ...stage1.map((at) => [...m.deepPath(at + GUEST), at]), m.deepPath(IPA)];
    expect(grid.rows.slice(1).map(({ cells }) => cells.filter((cell) => cell !== null).map((cell) => cell.address))).toEqual(
      wanted.map((row) => row.map(hex)),
    );
    expect(grid.rows.map(({ address, space }) => [address, space])).toEqual([
      [hex(STREAM_TABLE + 8n * 64n), 'pa'],
      ...[CD_AT, ...stage1].map((at) => [hex(at + GUEST), 'ipa']),
      [hex(IPA), 'ipa'],
    ]);
    expect(grid.rows[5]!.cells[4]!.word).toBe((IPA | S1_PAGE).toString(16).padStart(16, '0'));
    expect(grid.rows[6]!.cells[3]!.word).toBe((PA | S2_PAGE).toString(16).padStart(16, '0'));
  });

  it('with caches: what was asked and hit, and the same maximum', () => {
    const m = new DeepMachine(DEFAULT_CACHES);
    expect(m.grid().max).toBe(30);
    const again = m.grid();
    expect([shape(again), again.reads, again.max]).toEqual([['STE, CD: ----h', 'TLB: ----h'], 0, 30]);
    // Another page of the same tables: the level 3 table of stage 1 is known, its page at stage 2 too.
    m.mapStage1(IOVA + 0x1000n, (IPA + 0x1000n) | S1_PAGE);
    m.mapStage2(IPA + 0x1000n, (PA + 0x1000n) | S2_PAGE);
    const next = m.grid(IOVA + 0x1000n);
    expect(shape(next)).toEqual(['STE, CD: ----h', 'S1 L0..2: ----h', 'S1 L3: ----r', 'Final IPA: --hr-']);
    expect([next.reads, next.max]).toEqual([2, 30]);
  });

  it('stage 1 alone, stage 2 alone, and two-level tables', () => {
    const one = new DeepMachine(NO_CACHES, { Config: 5, S1ContextPtr: CD_AT }, { TTB0: 0x4040_0000n });
    one
      .stage1Path(IOVA)
      .slice(0, 3)
      .forEach((at) => one.memory.write64(at, one.memory.read64(at)! - GUEST));
    const first = one.grid();
    expect([shape(first), first.reads, first.max]).toEqual([
      ['STE: ----r', 'CD: ----r', 'S1 L0: ----r', 'S1 L1: ----r', 'S1 L2: ----r', 'S1 L3: ----r'],
      6,
      6,
    ]);
    const two = new DeepMachine(NO_CACHES, { Config: 6 });
    const second = two.grid(IPA);
    expect([shape(second), second.reads, second.max]).toEqual([['STE: ----r', 'Final IPA: rrrr-'], 5, 5]);
  });

  it('two-level tables of STEs and CDs count, from the configuration cache too', () => {
    const m = new DeepMachine(DEFAULT_CACHES, { S1CDMax: 12, S1Fmt: 1, S1DSS: 2 });
    m.smmu.write32(0x20, 0b1100);
    m.memory.write64(0x4030_0000n, STREAM_TABLE | 7n);
    m.smmu.write64(0x80, 0x4030_0000n);
    m.smmu.write32(0x88, 8 | (6 << 6) | (1 << 16));
    m.smmu.write32(0x20, 0b1101);
    const leaf = CD_AT + 0x1000n;
    m.memory.fill(CD_AT, 64, 0);
    m.memory.write64(CD_AT, (leaf + GUEST) | 1n);
    m.cd({}, leaf);
    m.mapStage2(leaf + GUEST, leaf | S2_PAGE);
    const grid = m.grid();
    expect(shape(grid).slice(0, 4)).toEqual(['L1STD: ----r', 'STE: ----r', 'L1CD: rrrrr', 'CD: --hrr']);
    expect(grid.max).toBe(2 + 2 * 5 + 4 * 5 + 4);
    expect(m.grid().max).toBe(2 + 2 * 5 + 4 * 5 + 4);
  });
});

describe('the fault cell is where the walk stopped', () => {
  type Case = readonly [title: string, bend: (m: DeepMachine) => void, cell: object];
  /** 40-bit IPAs, from level 1, and a CD above them. */
  const beyondInput = (m: DeepMachine): void => {
    m.ste({ S2T0SZ: 24, S2SL0: 1, S2TTB: m.stage2Path(IPA)[0]! & ~0xfffn, S1ContextPtr: 1n << 41n });
  };
  const table = (m: DeepMachine, level: number): bigint => m.stage1Path(IOVA)[level]! & ~0xfffn;

  it.each<Case>([
    [
      'C_BAD_STE',
      (m) => m.setSte('V', false),
      { row: 'STE', column: 4, kind: 'read', address: hex(STREAM_TABLE + 8n * 64n), space: 'pa', rule: 'ste.v' },
    ],
    ['C_BAD_CD', (m) => m.cd({ V: false }), { row: 'CD', column: 4, kind: 'read', address: hex(CD_AT), space: 'pa', rule: 'cd.v' }],
    ['the CD at stage 2', (m) => m.mapStage2(CD_AT + GUEST, 0n), { row: 'CD', column: 3, kind: 'read', space: 'pa', rule: 's2.invalid' }],
    [
      'F_CD_FETCH',
      (m) => m.mapStage2(CD_AT + GUEST, ABORTS | S2_PAGE),
      { row: 'CD', column: 4, kind: 'fault', address: hex(ABORTS), space: 'pa', rule: 'cd.fetch' },
    ],
    [
      'a stage 1 descriptor',
      (m) => m.memory.write64(m.stage1Path(IOVA)[1]!, 0n),
      { row: 'S1 L1', column: 4, kind: 'read', space: 'pa', rule: 's1.invalid' },
    ],
    [
      'a stage 1 table at stage 2',
      (m) => m.mapStage2(table(m, 2) + GUEST, 0n),
      { row: 'S1 L2', column: 3, kind: 'read', space: 'pa', rule: 's2.invalid' },
    ],
    [
      'a stage 1 table outside memory',
      (m) => m.mapStage2(table(m, 3) + GUEST, ABORTS | S2_PAGE),
      { row: 'S1 L3', column: 4, kind: 'fault', space: 'pa', rule: 's1.walk-abort' },
    ],
    [
      'stage 1 permission',
      (m) => m.mapStage1(IOVA, IPA | S1_PAGE | (1n << 53n) | (1n << 54n) | 0x80n),
      { row: 'S1 L3', column: 4, kind: 'read', space: 'pa', rule: 's1.permission-write' },
    ],
    ['the IPA beyond S2T0SZ', beyondInput, { row: 'CD', column: 0, kind: 'fault', rule: 's2.input-range' }],
    [
      'the address at stage 2, level 2',
      (m) => (
        m.mapStage1(IOVA, 0x20_0000_0000n | S1_PAGE),
        m.mapStage2(0x20_0000_0000n, 0n),
        m.memory.write64(m.stage2Path(0x20_0000_0000n)[1]!, 0n)
      ),
      { row: 'Final IPA', column: 2, kind: 'read', space: 'pa', rule: 's2.invalid' },
    ],
    [
      'a stage 2 table outside memory',
      (m) => (
        m.mapStage1(IOVA, 0x20_0000_0000n | S1_PAGE),
        m.mapStage2(0x20_0000_0000n, 0n),
        m.memory.write64(m.stage2Path(0x20_0000_0000n)[1]!, ABORTS | 3n)
      ),
      { row: 'Final IPA', column: 3, kind: 'fault', address: hex(ABORTS), space: 'pa', rule: 's2.walk-abort' },
    ],
  ])('%s', (_, bend, cell) => {
    const m = new DeepMachine();
    bend(m);
    const grid = walkMatrix(m.trace('write'));
    expect(grid.status).toBe('fault');
    expect(faultOf(grid)).toMatchObject(cell);
    expect(grid.rows.flatMap(({ cells }) => cells).filter((one) => one?.verdict === 'fault').length).toBe(1);
  });

  it('an STE or CD that cannot be fetched has a row of its own: what was read before it is no fault', () => {
    const one = new DeepMachine(NO_CACHES, { Config: 5, S1ContextPtr: ABORTS });
    expect(shape(one.grid())).toEqual(['STE: ----r', 'CD: ----F']);
    expect(faultOf(one.grid())).toMatchObject({ row: 'CD', kind: 'fault', address: hex(ABORTS), space: 'pa', rule: 'cd.fetch' });
    const two = new DeepMachine();
    two.smmu.write32(0x20, 0b1100);
    two.memory.write64(0x4030_0000n, ABORTS | 7n);
    two.smmu.write64(0x80, 0x4030_0000n);
    two.smmu.write32(0x88, 8 | (6 << 6) | (1 << 16));
    two.smmu.write32(0x20, 0b1101);
    expect(shape(two.grid())).toEqual(['L1STD: ----r', 'STE: ----F']);
    expect(faultOf(two.grid())).toMatchObject({ row: 'STE', kind: 'fault', address: hex(ABORTS + 8n * 64n), rule: 'ste.fetch' });
  });

  it('a TLB entry that refuses is the fault cell', () => {
    const m = new DeepMachine(DEFAULT_CACHES);
    m.mapStage1(IOVA, IPA | S1_PAGE | 0x80n);
    m.grid();
    const grid = walkMatrix(m.trace('write'));
    expect([shape(grid), grid.reads]).toEqual([['STE, CD: ----h', 'TLB: ----F'], 0]);
    expect(grid.why).toMatch(/^F_PERMISSION: Stage 1 must permit the write\. \(IHI 0070 13\.4\.1\)$/);
  });
});

describe('the sentences', () => {
  it('each read says stage, level, address and word; the last says the result', () => {
    const m = new DeepMachine();
    const steps = m.trace().map(stepOf);
    const reads = steps.filter(({ kind }) => kind === 'READ');
    expect(reads.length).toBe(4 + 4 * 5 + 4);
    expect(reads.at(-1)).toMatchObject({ stage: 2, level: 3, space: 'pa', word: (PA | S2_PAGE).toString(16).padStart(16, '0') });
    expect(reads.at(-1)!.text).toContain(hex(PA));
    expect(steps.at(-1)!.text).toBe(`success PA ${hex(PA)}, 0x1000 bytes translate alike; 30 reads; the device sees ok`);
    expect(steps.at(-1)).toMatchObject({ rule: 'ok.translated', section: '3.3.2', verdict: 'success' });
  });

  it('a fault names its rule and section', () => {
    const m = new DeepMachine();
    m.mapStage2(IPA, 0n);
    const fault = m
      .trace()
      .map(stepOf)
      .find(({ kind }) => kind === 'FAULT');
    expect(fault).toMatchObject({ rule: 's2.invalid', section: '7.3.13', stage: 2, level: 3, verdict: 'fault' });
    expect(fault!.text).toBe('F_TRANSLATION: A stage-2 descriptor must be valid: its bit 0 is 1.');
  });
});
