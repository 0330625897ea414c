/**
 * All records of one run, in order: the newest in memory, older ones in a file beyond a limit. Keeps the digest (SHA-256 over
 * the records as stored, little-endian) and the index as they arrive.
 */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { RECORD_BYTES, RECORD_WORDS } from '../../model/trace/record.ts';
import { CutMarks } from './cut-marks.ts';
import { FaultLedger } from './fault-ledger.ts';
import { PathIndex } from './path-index.ts';
import { recordSource } from './record-source.ts';
import type { RecordSource, TraceInfo } from './record-source.ts';
import { Spool } from './spool.ts';
import { Statistics } from './statistics.ts';
import { TraceIndex } from './trace-index.ts';

/** Records of one segment: 4 MiB. */
const SEGMENT_RECORDS = 65_536;
/** Records that are scanned at once where they are in the file: 1 MiB. */
const SCRATCH_RECORDS = 16_384;
const SEGMENT_BYTES = SEGMENT_RECORDS * RECORD_BYTES;

export interface TraceLogOptions {
  /** Where the file is made when it is needed. */
  readonly spoolFolder: string;
  /** Segments of 4 MiB kept in memory; at least 2. */
  readonly segmentsInMemory?: number;
}

const bytesOf = (words: Int32Array): Uint8Array => new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

export class TraceLog {
  readonly index = new TraceIndex();
  readonly paths = new PathIndex();
  faults = new FaultLedger();
  statistics = new Statistics();
  readonly #segments = new Map<number, Int32Array>();
  #spool: Spool;
  /** All records are in the file as they come, not only those that do not fit memory. */
  #keepsAll = false;
  readonly #limit: number;
  #hash: Hash = createHash('sha256');
  readonly #marks = new CutMarks();
  #scratch: Int32Array | null = null;
  #oldest = 0;
  #records = 0;

  constructor({ spoolFolder, segmentsInMemory = 16 }: TraceLogOptions) {
    this.#spool = Spool.hidden(spoolFolder);
    this.#limit = Math.max(2, segmentsInMemory);
  }

  get records(): number {
    return this.#records;
  }

  /** Copies whole records. Throws when older ones cannot be written to the file. */
  append(words: Int32Array): void {
    this.index.add(words, this.#records);
    this.paths.add(words, this.#records);
    this.faults.add(words, this.#records);
    this.statistics.add(words);
    for (let at = 0; at < words.length; ) {
      const segment = this.#segmentFor(this.#records);
      const offset = (this.#records % SEGMENT_RECORDS) * RECORD_WORDS;
      const count = Math.min(words.length - at, segment.length - offset);
      segment.set(words.subarray(at, at + count), offset);
      const added = bytesOf(segment.subarray(offset, offset + count));
      this.#hash.update(added);
      if (this.#keepsAll) this.#keep(added);
      at += count;
      this.#records += count / RECORD_WORDS;
    }
    if (this.#marks.isDue(this.#records, this.statistics.streams.size)) this.#marks.add({ records: this.#records, hash: this.#hash.copy(), statistics: this.statistics.copy(), faults: this.faults.mark(this.#records) });
  }

  /** The trace ends behind the first `steps` steps, with the record before `record`: what came then is as if it never had. All records must be there. */
  cut(steps: number, record: number): void {
    if (record >= this.#records) return;
    const mark = this.#marks.backTo(record);
    this.#hash = mark?.hash.copy() ?? createHash('sha256');
    this.statistics = mark?.statistics.copy() ?? new Statistics();
    if (mark === undefined) this.faults = new FaultLedger();
    else this.faults.backTo(mark.faults);
    this.scan(mark?.records ?? 0, record, (words, at, position, count) => {
      const counted = words.subarray(at, at + count * RECORD_WORDS);
      this.#hash.update(bytesOf(counted));
      this.statistics.add(counted);
      this.faults.add(counted, position);
    });
    this.index.cut(steps, record);
    this.paths.cut(steps);
    this.#cutSegments(record);
    this.#records = record;
    this.#spool.cut(record * RECORD_BYTES);
  }

  /** What a segment is written into must be in memory. */
  #cutSegments(record: number): void {
    const last = Math.floor(record / SEGMENT_RECORDS);
    const first = last * SEGMENT_RECORDS;
    const part = this.#segments.has(last) ? null : this.read(first, record - first);
    for (const number of [...this.#segments.keys()]) if (number > last) this.#segments.delete(number);
    if (part === null) return;
    const segment = new Int32Array(SEGMENT_RECORDS * RECORD_WORDS);
    segment.set(part);
    this.#segments.set(last, segment);
    this.#oldest = last;
  }

  /** From now on all records are in `file`, which a crash leaves behind. False: it cannot be written; the log does without. */
  keepIn(file: string): boolean {
    const before = this.#spool;
    const spool = Spool.named(file);
    try {
      this.scan(0, this.#records, (words, at, position, count) => spool.write(bytesOf(words.subarray(at, at + count * RECORD_WORDS)), position * RECORD_BYTES));
    } catch {
      spool.close();
      return false;
    }
    before.close();
    this.#spool = spool;
    this.#keepsAll = true;
    return true;
  }

  /** A full disk ends what was for others to find, not the run: what fits memory goes on. */
  #keep(added: Uint8Array): void {
    try {
      this.#spool.write(added, this.#records * RECORD_BYTES);
    } catch {
      this.#keepsAll = false;
      this.#spool.hide();
    }
  }

  /** `count` records from `from`, as a copy; fewer at the end of the trace. */
  read(from: number, count: number): Int32Array {
    const end = Math.min(from + count, this.#records);
    const out = new Int32Array(Math.max(0, end - from) * RECORD_WORDS);
    for (let record = from; record < end; ) {
      const number = Math.floor(record / SEGMENT_RECORDS);
      const inSegment = Math.min(end, (number + 1) * SEGMENT_RECORDS);
      const first = record - number * SEGMENT_RECORDS;
      const part = out.subarray((record - from) * RECORD_WORDS, (inSegment - from) * RECORD_WORDS);
      const segment = this.#segments.get(number);
      // Rows that a filter leaves are far apart: of a segment that is in the file only what is asked for is read.
      if (segment === undefined) this.#spool.read(bytesOf(part), record * RECORD_BYTES);
      else part.set(segment.subarray(first * RECORD_WORDS, first * RECORD_WORDS + part.length));
      record = inSegment;
    }
    return out;
  }

  /** Records `from` to `end`, piece by piece: `visit` gets words, where in them the first record of the piece is, its position and how many there are; it must copy what it keeps. */
  scan(from: number, end: number, visit: (words: Int32Array, at: number, position: number, count: number) => void): void {
    for (let record = from; record < end; ) {
      const number = Math.floor(record / SEGMENT_RECORDS);
      const first = record - number * SEGMENT_RECORDS;
      const segment = this.#segments.get(number);
      const count = Math.min(end - record, SEGMENT_RECORDS - first, segment === undefined ? SCRATCH_RECORDS : SEGMENT_RECORDS);
      if (segment === undefined) {
        this.#scratch ??= new Int32Array(SCRATCH_RECORDS * RECORD_WORDS);
        this.#spool.read(bytesOf(this.#scratch.subarray(0, count * RECORD_WORDS)), record * RECORD_BYTES);
        visit(this.#scratch, 0, record, count);
      } else visit(segment, first * RECORD_WORDS, record, count);
      record += count;
    }
  }

  /** The records so far, to be read piece by piece; the log must stay open meanwhile. */
  source(info: Omit<TraceInfo, 'records'>): RecordSource {
    return recordSource({ ...info, records: this.#records }, (_piece, first) => this.read(first, SEGMENT_RECORDS));
  }

  /** 64 hex digits over the records so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** `leave`: what `keepIn` made stays, for somebody else. */
  close(leave = false): void {
    this.#segments.clear();
    this.#spool.close(leave && this.#keepsAll);
  }

  #segmentFor(record: number): Int32Array {
    const number = Math.floor(record / SEGMENT_RECORDS);
    const present = this.#segments.get(number);
    if (present !== undefined) return present;
    let words: Int32Array | undefined;
    if (this.#segments.size >= this.#limit) {
      words = this.#segments.get(this.#oldest)!;
      if (!this.#keepsAll) this.#spool.write(bytesOf(words), this.#oldest * SEGMENT_BYTES);
      this.#segments.delete(this.#oldest++);
    }
    // A small trace should not cost 4 MiB: the system gives pages of a fresh array as they are written.
    words ??= new Int32Array(SEGMENT_RECORDS * RECORD_WORDS);
    this.#segments.set(number, words);
    return words;
  }
}
