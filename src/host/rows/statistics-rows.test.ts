import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { KIND, PAYLOAD, PURPOSE, RECORD_WORDS, STATUS } from '../../model/trace/record.ts';
import { RunRecord } from '../run/run-record.ts';
import { TraceLog } from '../trace/trace-log.ts';
import { statisticsOf } from './statistics-rows.ts';

function run(transactions: readonly { readonly sid: number; readonly reads: number; readonly vmid?: number }[]): RunRecord {
  const record = new RunRecord(new TraceLog({ spoolFolder: tmpdir() }));
  const words = transactions.flatMap(({ sid, reads, vmid }, at) => {
    const one = (kind: number, more: Readonly<Record<number, number>>): number[] => Object.assign(new Array<number>(RECORD_WORDS).fill(0), { 0: kind, 2: at + 1, 4: sid, ...more }) as number[];
    const ste = vmid === undefined ? [] : one(KIND.READ_STRUCT | (PURPOSE.STE << 20), { [PAYLOAD + 4]: vmid });
    return [...one(KIND.TXN_BEGIN, {}), ...ste, ...one(KIND.TXN_END, { [PAYLOAD]: STATUS.SUCCESS, [PAYLOAD + 6]: reads })];
  });
  record.log.append(Int32Array.from(words));
  return record;
}

it('tells the latency in reads as a whole, of each VM and of each stream', () => {
  const slow = Array.from({ length: 98 }, () => ({ sid: 1, reads: 2, vmid: 7 }));
  const { all, vms, streams } = statisticsOf(run([...slow, { sid: 1, reads: 24, vmid: 7 }, { sid: 1, reads: 99, vmid: 7 }, { sid: 2, reads: 4, vmid: 7 }, { sid: 3, reads: 0, vmid: 9 }, { sid: 4, reads: 1 }]));
  expect(all).toMatchObject({ transactions: 103, latency: { median: 2, most99: 24, most: 32 } });
  expect(vms).toMatchObject([{ vmid: 7, transactions: 101, latency: { median: 2, most99: 24, most: 32 } }, { vmid: 9, latency: { median: 0, most99: 0, most: 0 } }]);
  expect(streams.map(({ sid, latency }) => [sid, latency.median, latency.most])).toEqual([[1, 2, 32], [2, 4, 4], [3, 0, 0], [4, 1, 1]]);
});

it('says nothing of nothing, and of ever so many streams how many are left out', () => {
  expect(statisticsOf(run([])).all).toEqual({ transactions: 0, faults: 0, reads: 0, hits: 0, latency: { median: 0, most99: 0, most: 0 } });
  const { all, streams, otherStreams } = statisticsOf(run([...Array.from({ length: 600 }, (_, sid) => ({ sid, reads: 1 })), { sid: 599, reads: 1 }]));
  expect([all.transactions, streams.length, otherStreams, streams[0]!.sid]).toEqual([601, 500, 100, 599]);
});
