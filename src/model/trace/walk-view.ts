import { hex, hexWord } from '../base/address.ts';
import { accessor, CD, eventName, STE } from '../spec/index.ts';
import { RULES } from '../spec/rules/registry.ts';
import { CACHE, CACHE_NAMES, payload64, PURPOSE, STATUS_NAMES, VERDICT } from './record.ts';
import type { Status, TraceRecord } from './record.ts';

/** Columns of the matrix: the levels of stage 2, and the read for whose sake they were walked. */
export const WALK_COLUMNS = ['S2 L0', 'S2 L1', 'S2 L2', 'S2 L3', 'read'] as const;
const READ_COLUMN = 4;

export interface WalkCell {
  readonly kind: 'read' | 'hit' | 'skipped' | 'fault';
  readonly stage: number | null;
  readonly level: number | null;
  readonly address: string | null;
  readonly space: 'iova' | 'ipa' | 'pa';
  /** 16 hex digits; for an STE or CD its first word. */
  readonly word: string | null;
  /** All words of an STE or CD, 32 bits each. */
  readonly structure?: Uint32Array;
  readonly verdict: 'ok' | 'fault';
  readonly rule?: string;
  readonly section?: string;
  /** Of a hit: the transaction that filled the entry. */
  readonly origin?: number;
  /** Of a hit: log2 of the bytes that the entry is about. */
  readonly shift?: number;
  /** The word after hardware's update of its flags. */
  readonly becomes?: string;
  readonly text: string;
}

export interface WalkRow {
  readonly label: string;
  /** What the row is about: the address that is read or translated. */
  readonly address: string | null;
  readonly space: 'iova' | 'ipa' | 'pa';
  readonly cells: (WalkCell | null)[];
}

export interface WalkMatrix {
  readonly transaction: number;
  readonly iova: string;
  readonly status: Status;
  readonly rows: WalkRow[];
  readonly reads: number;
  /** Reads of the same walk with every cache off, STE and CD counted as one each. */
  readonly max: number;
  readonly why: string;
  readonly faultCell?: readonly [row: number, column: number];
}

const SPACES = ['pa', 'iova', 'ipa', 'pa'] as const;
const spaceOf = (record: TraceRecord): 'iova' | 'ipa' | 'pa' => SPACES[record.space] ?? 'pa';

/** SLOT.FLAGS bits that the matrix needs: stage 1, stage 2 (config/slot.ts). */
const S1 = 1;
const S2 = 2;

/** Levels of a walk that starts at `start`. */
const levels = (start: number): number => 4 - start;

/** Folds the records of one transaction, in order, into the nested walk matrix. */
export function walkMatrix(records: readonly TraceRecord[]): WalkMatrix {
  const fold = new MatrixFold();
  for (const record of records) fold.take(record);
  return fold.result();
}

class MatrixFold {
  #transaction = 0;
  #iova = 0n;
  #status: Status = 'success';
  #reads = 0;
  #max = 0;
  #why = '';
  readonly #rows: WalkRow[] = [];
  #faultCell: readonly [number, number] | undefined;

  take(record: TraceRecord): void {
    switch (record.kind) {
      case 'TXN_BEGIN':
        this.#transaction = record.transaction;
        this.#iova = record.address;
        return;
      case 'WALK':
        return this.#begin(record);
      case 'READ':
        return this.#read(record);
      case 'READ_STRUCT':
        return this.#structure(record);
      case 'LOOKUP':
      case 'FILL':
        return this.#cache(record);
      case 'UPDATE':
        return this.#update(record);
      case 'FAULT':
        return this.#fault(record);
      case 'TXN_END':
        return this.#end(record);
      default:
        return;
    }
  }

  result(): WalkMatrix {
    const matrix = {
      transaction: this.#transaction,
      iova: hex(this.#iova),
      status: this.#status,
      rows: this.#rows,
      reads: this.#reads,
      max: Math.max(this.#max, this.#reads),
      why: this.#why,
    };
    return this.#faultCell === undefined ? matrix : { ...matrix, faultCell: this.#faultCell };
  }

  #row(label: string, address: bigint | null, space: 'iova' | 'ipa' | 'pa'): WalkRow {
    const row: WalkRow = { label, address: address === null ? null : hex(address), space, cells: [null, null, null, null, null] };
    this.#rows.push(row);
    return row;
  }

  #last(): WalkRow {
    return this.#rows.at(-1) ?? this.#row('Input', this.#iova, 'iova');
  }

  #begin(record: TraceRecord): void {
    const label = record.purpose === PURPOSE.TT ? `S1 L${record.level ?? '?'}` : record.purpose === PURPOSE.CD ? 'CD' : 'Final IPA';
    this.#row(label, record.address, spaceOf(record));
  }

  #read(record: TraceRecord): void {
    const word = payload64(record, 0);
    const cell: WalkCell = {
      kind: 'read',
      stage: record.stage,
      level: record.level,
      address: hex(record.address),
      space: 'pa',
      word: hexWord(record.payload[1]!, record.payload[0]!),
      verdict: 'ok',
      text: record.stage === 0 ? 'level 1 descriptor read' : describeDescriptor(record.stage, record.level ?? 0, word),
    };
    if (record.stage === 2) this.#last().cells[record.level ?? 0] = cell;
    else if (record.stage === 1) this.#last().cells[READ_COLUMN] = cell;
    else if (record.purpose === PURPOSE.STE) this.#row('L1STD', record.address, 'pa').cells[READ_COLUMN] = cell;
    else this.#relabel('L1CD', cell);
  }

  #structure(record: TraceRecord): void {
    const name = record.purpose === PURPOSE.STE ? 'STE' : 'CD';
    if (record.level === 1) {
      const cell = this.#last().cells[READ_COLUMN];
      if (cell?.structure !== undefined) cell.structure.set(record.payload, 8);
      return;
    }
    const structure = new Uint32Array(16);
    structure.set(record.payload);
    const cell: WalkCell = {
      kind: 'read',
      stage: null,
      level: null,
      address: hex(record.address),
      space: 'pa',
      word: hexWord(record.payload[1]!, record.payload[0]!),
      structure,
      verdict: 'ok',
      text: name === 'STE' ? describeSte(structure) : describeCd(structure),
    };
    if (record.purpose === PURPOSE.STE) this.#row('STE', record.address, 'pa').cells[READ_COLUMN] = cell;
    else this.#relabel('CD', cell);
  }

  /** Puts a cell into the row that stage 2 began for a CD, or into a row of its own. */
  #relabel(label: string, cell: WalkCell): void {
    const last = this.#rows.at(-1);
    if (last?.label === 'CD' && last.cells[READ_COLUMN] === null) {
      this.#rows[this.#rows.length - 1] = { ...last, label };
      last.cells[READ_COLUMN] = cell;
    } else {
      this.#row(label, null, 'pa').cells[READ_COLUMN] = cell;
    }
  }

  #cache(record: TraceRecord): void {
    const cache = record.payload[0]!;
    if (cache === CACHE.CONFIG) this.#expect(record.payload[2]!, record.payload[3]!);
    if (record.kind !== 'LOOKUP' || record.verdict !== VERDICT.HIT) return;
    const origin = record.payload[4]!;
    const cell: WalkCell = {
      kind: 'hit',
      stage: record.stage === 0 ? null : record.stage,
      level: null,
      address: cache === CACHE.CONFIG || cache === CACHE.STE ? null : hex(payload64(record, 2)),
      space: cache === CACHE.S1_WALK ? 'ipa' : 'pa',
      word: null,
      verdict: 'ok',
      origin,
      shift: record.payload[5]!,
      text: `from #${origin}: ${CACHE_NAMES[cache] ?? 'cache'}`,
    };
    if (cache === CACHE.CONFIG) this.#row('STE, CD', null, 'pa').cells[READ_COLUMN] = cell;
    else if (cache === CACHE.STE) this.#row('STE', null, 'pa').cells[READ_COLUMN] = cell;
    else if (cache === CACHE.TLB) this.#row('TLB', record.address, 'iova').cells[READ_COLUMN] = cell;
    else if (cache === CACHE.S1_WALK) this.#row('S1 L0..2', record.address, 'iova').cells[READ_COLUMN] = cell;
    else this.#last().cells[cache === CACHE.S2_WALK ? 2 : 3] = cell;
  }

  /** What the walk takes with every cache off: from the configuration's flags and the shape of its tables (config-cache.ts). */
  #expect(flags: number, shape: number): void {
    const upper = (this.#iova >> 55n) & 1n;
    const first = flags & S1 ? levels(upper === 1n ? (shape >>> 2) & 3 : shape & 3) : 0;
    const second = flags & S2 ? levels((shape >>> 4) & 3) : 0;
    const contexts = first === 0 ? 0 : 1 + ((shape >>> 6) & 1);
    this.#max = 1 + ((shape >>> 7) & 1) + (contexts + first) * (second + 1) + second;
  }

  /** Hardware changed the leaf whose cell is the last one of its stage. */
  #update(record: TraceRecord): void {
    const { cells } = this.#last();
    const column = record.stage === 2 ? (record.level ?? 0) : READ_COLUMN;
    const cell = cells[column];
    if (cell === null || cell === undefined) return;
    cells[column] = { ...cell, becomes: hexWord(record.payload[3]!, record.payload[2]!), text: `${cell.text}; hardware makes it ${describeUpdate(record)}` };
  }

  #fault(record: TraceRecord): void {
    const rule = RULES[record.rule];
    const event = eventName(record.payload[0]!);
    const address = payload64(record, 2);
    const row = this.#faultRow(record.stage, event, address);
    const column = record.stage === 2 ? (record.level ?? this.#firstFree()) : READ_COLUMN;
    const before = row.cells[column];
    row.cells[column] = {
      kind: before?.kind === 'read' ? 'read' : 'fault',
      stage: record.stage === 0 ? null : record.stage,
      level: record.level,
      address: before?.address ?? (address === 0n ? null : hex(address)),
      space: before?.space ?? (record.stage === 2 && event !== 'F_WALK_EABT' ? 'ipa' : 'pa'),
      word: before?.word ?? null,
      ...(before?.structure === undefined ? {} : { structure: before.structure }),
      ...(before?.origin === undefined ? {} : { origin: before.origin }),
      verdict: 'fault',
      ...(rule === undefined ? {} : { rule: rule.id, section: rule.section }),
      text: `${event}: ${rule?.doc ?? ''}`,
    };
    this.#faultCell = [this.#rows.indexOf(row), column];
  }

  /** The row a fault belongs to. A structure whose fetch aborted was not read: what was read before it keeps its row. */
  #faultRow(stage: number, event: string, address: bigint): WalkRow {
    const structure = event === 'F_STE_FETCH' ? 'STE' : event === 'F_CD_FETCH' ? 'CD' : null;
    const last = this.#rows.at(-1);
    if (structure !== null && last?.cells[READ_COLUMN] !== null) return this.#row(structure, address, 'pa');
    return last === undefined && stage === 0 ? this.#row('STE', null, 'pa') : this.#last();
  }

  /** A stage 2 fault before any read of this row: the first column. */
  #firstFree(): number {
    return Math.max(
      this.#last().cells.findIndex((cell) => cell === null),
      0,
    );
  }

  #end(record: TraceRecord): void {
    const rule = RULES[record.rule];
    this.#status = STATUS_NAMES[record.payload[0]!] ?? 'fault';
    this.#reads = record.payload[6]!;
    const event = record.payload[1]!;
    const name = event === 0 ? '' : `${eventName(event)}: `;
    this.#why = rule === undefined ? '' : `${name}${rule.doc} (IHI 0070 ${rule.section})`;
  }
}

/** What an UPDATE changed, in words: `accessed`, `dirty` or both. */
export function describeUpdate(record: TraceRecord): string {
  const changed = payload64(record, 0) ^ payload64(record, 2);
  const flags = [
    ...((changed & AF) === 0n ? [] : ['accessed (AF)']),
    ...((changed & DIRTY) === 0n ? [] : [`dirty (${record.stage === 1 ? 'AP[2]' : 'S2AP[1]'})`]),
  ];
  return flags.join(' and ');
}

const AF = 1n << 10n;
/** AP[2] at stage 1, S2AP[1] at stage 2. */
const DIRTY = 1n << 7n;

/** A descriptor in a few words: its kind, and where it leads. */
export function describeDescriptor(stage: number, level: number, word: bigint): string {
  if ((word & 1n) === 0n) return 'invalid';
  const kind = (word & 2n) === 0n ? (level === 3 ? 'reserved' : 'block') : level === 3 ? 'page' : 'table';
  const address = hex(word & 0xffff_ffff_f000n);
  if (kind === 'table' || kind === 'reserved') return `${kind} ${address}`;
  const af = (word >> 10n) & 1n ? '' : ' AF=0';
  const dbm = (word >> 51n) & 1n ? ' DBM' : '';
  return `${kind} ${address} ${stage === 2 ? stage2Access(word) : stage1Access(word)}${dbm}${af}`;
}

const config = accessor(STE, 'Config');
const vmid = accessor(STE, 'S2VMID');
const asid = accessor(CD, 'ASID');
const CONFIGS = ['abort', 'abort', 'abort', 'abort', 'bypass', 'stage 1', 'stage 2', 'nested'] as const;

/** What a reader looks for first: what the STE does, and whose it is. */
const describeSte = (words: Uint32Array): string =>
  `${CONFIGS[config(words, 0)]!}${config(words, 0) > 4 ? `, VMID ${vmid(words, 0)}` : ''}`;
const describeCd = (words: Uint32Array): string => `ASID ${asid(words, 0)}`;

const stage1Access = (word: bigint): string => (['RW/-', 'RW/RW', 'R/-', 'R/R'] as const)[Number((word >> 6n) & 3n)]!;
const stage2Access = (word: bigint): string => (['none', 'R', 'W', 'RW'] as const)[Number((word >> 6n) & 3n)]!;
