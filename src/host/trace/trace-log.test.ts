import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KIND, PAYLOAD, RECORD_WORDS, STATUS } from '../../model/trace/record.ts';
import { TraceLog } from './trace-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-trace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Records whose sequence number is their position. */
function records(from: number, count: number, kind: number = KIND.READ): Int32Array {
  const words = new Int32Array(count * RECORD_WORDS);
  for (let i = 0; i < count; i++) {
    words[i * RECORD_WORDS] = kind;
    words[i * RECORD_WORDS + 1] = from + i;
    words[i * RECORD_WORDS + 15] = (from + i) * 7919;
  }
  return words;
}

describe('the trace log', () => {
  it('gives back every record, from memory and from the file, across segments', () => {
    const log = new TraceLog({ spoolFolder: folder, segmentsInMemory: 2 });
    const total = 300_000;
    const hash = createHash('sha256');
    for (let from = 0; from < total; from += 7_000) {
      const words = records(from, Math.min(7_000, total - from));
      hash.update(new Uint8Array(words.buffer));
      log.append(words);
    }
    expect(log.records).toBe(total);
    expect(log.digest()).toBe(hash.digest('hex'));
    for (const [from, count] of [[0, 3], [65_530, 12], [131_071, 2], [299_998, 2], [1, 140_000]] as const) {
      expect(Buffer.from(log.read(from, count).buffer).equals(Buffer.from(records(from, count).buffer))).toBe(true);
    }
    expect(log.read(299_999, 10)).toEqual(records(299_999, 1));
    expect(log.read(total, 10)).toHaveLength(0);
    log.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('goes on after its digest was asked for', () => {
    const log = new TraceLog({ spoolFolder: folder });
    log.append(records(0, 1));
    const first = log.digest();
    log.append(records(1, 1));
    expect(log.digest()).not.toBe(first);
    expect(log.digest()).toBe(createHash('sha256').update(new Uint8Array(records(0, 2).buffer)).digest('hex'));
  });

  it('says where it could not write', () => {
    writeFileSync(join(folder, 'file'), '');
    const log = new TraceLog({ spoolFolder: join(folder, 'file'), segmentsInMemory: 2 });
    expect(() => log.append(records(0, 200_000))).toThrow(/does not fit memory and cannot be written to .*file/);
  });

  it('indexes transactions with their step, events and faults', () => {
    const log = new TraceLog({ spoolFolder: folder });
    const record = (kind: number, transaction: number, payload0 = 0): Int32Array => {
      const words = records(0, 1, kind);
      words[2] = transaction;
      words[PAYLOAD] = payload0;
      return words;
    };
    const sequence = [
      record(KIND.REG_WRITE, 0),
      record(KIND.STEP, 0, 4),
      record(KIND.TXN_BEGIN, 1, 64),
      record(KIND.READ, 1),
      record(KIND.EVENT, 1),
      record(KIND.TXN_END, 1, STATUS.FAULT),
      record(KIND.EVENT, 0),
      record(KIND.TXN_BEGIN, 2),
      record(KIND.TXN_END, 2, STATUS.SUCCESS),
      record(KIND.TXN_BEGIN, 3),
      record(KIND.TXN_END, 3, STATUS.ABORT),
      record(KIND.TXN_BEGIN, 4),
    ];
    for (const words of sequence) log.append(words);
    const { index } = log;
    expect([index.transactions, index.events, index.faults]).toEqual([4, 2, 1]);
    expect(index.transaction(1)).toEqual({ txn: 1, first: 2, last: 5, step: 5, ended: true });
    expect(index.transaction(2)).toEqual({ txn: 2, first: 7, last: 8, step: 5, ended: true });
    expect(index.transaction(3)).toEqual({ txn: 3, first: 9, last: 10, step: 5, ended: true });
    expect(index.transaction(4)).toEqual({ txn: 4, first: 11, last: 11, step: 5, ended: false });
    expect([index.transaction(0), index.transaction(5)]).toEqual([null, null]);
    expect(index.event(0)).toEqual({ record: 4, txn: 1 });
    expect(index.event(1)).toEqual({ record: 6, txn: 0 });
    expect(index.event(2)).toBeNull();
  });
});
