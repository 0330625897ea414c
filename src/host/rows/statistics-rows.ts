import { CACHE_NAMES } from '../../model/trace/record.ts';
import type { RunStatistics } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';
import { nothingCounted } from '../trace/statistics.ts';
import type { Counted } from '../trace/statistics.ts';

/** Streams that are told, those with the most transactions: more than that nobody reads, and each costs a row. */
const MOST_STREAMS = 500;

/** The statistics of a run as they cross the protocol. */
export function statisticsOf(run: RunRecord): RunStatistics {
  const { streams, cacheHits, histogram, width, stretches } = run.log.statistics;
  const told = [...streams].sort(([, a], [, b]) => b.transactions - a.transactions).slice(0, MOST_STREAMS);
  return {
    all: countsOf(together(streams.values())),
    streams: told.map(([sid, counts]) => {
      const device = run.deviceName(sid);
      return { sid, vmid: counts.vmid, ...countsOf(counts), ...(device === undefined ? {} : { device }) };
    }),
    otherStreams: streams.size - told.length,
    vms: vmsOf([...streams.values()]),
    caches: [...cacheHits].map(([cache, hits]) => ({ name: CACHE_NAMES[cache] ?? 'cache', hits })),
    histogram: [...histogram],
    width,
    stretches: stretches.map((one) => ({ ...one })),
  };
}

/** Streams of one VMID together; those without one are in no VM. */
function vmsOf(streams: readonly (Counted & { readonly vmid: number | null })[]): RunStatistics['vms'] {
  const byVm = new Map<number, Counted[]>();
  for (const stream of streams) if (stream.vmid !== null) byVm.set(stream.vmid, [...(byVm.get(stream.vmid) ?? []), stream]);
  return [...byVm].sort(([a], [b]) => a - b).map(([vmid, own]) => ({ vmid, ...countsOf(together(own)) }));
}

function together(all: Iterable<Counted>): Counted {
  const sum = nothingCounted();
  for (const one of all) {
    sum.transactions += one.transactions;
    sum.faults += one.faults;
    sum.reads += one.reads;
    sum.hits += one.hits;
    for (let reads = 0; reads < sum.byReads.length; reads++) sum.byReads[reads]! += one.byReads[reads]!;
  }
  return sum;
}

const countsOf = ({ transactions, faults, reads, hits, byReads }: Counted): RunStatistics['all'] => ({
  transactions, faults, reads, hits,
  latency: { median: readsOf(byReads, transactions / 2), most99: readsOf(byReads, transactions * 0.99), most: readsOf(byReads, transactions) },
});

/** The reads that at least so many transactions did not exceed. */
function readsOf(byReads: Uint32Array, count: number): number {
  let [reads, passed] = [0, byReads[0]!];
  while (passed < count && reads + 1 < byReads.length) passed += byReads[++reads]!;
  return reads;
}
