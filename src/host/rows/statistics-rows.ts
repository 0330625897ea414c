import { CACHE_NAMES } from '../../model/trace/record.ts';
import type { RunStatistics } from '../../protocol/contract.ts';
import type { RunRecord } from '../run/run-record.ts';

/** The statistics of a run as they cross the protocol. */
export function statisticsOf(run: RunRecord): RunStatistics {
  const { streams, cacheHits, histogram, width, stretches } = run.log.statistics;
  return {
    streams: [...streams].map(([sid, counts]) => {
      const device = run.deviceName(sid);
      return { sid, ...counts, ...(device === undefined ? {} : { device }) };
    }),
    caches: [...cacheHits].map(([cache, hits]) => ({ name: CACHE_NAMES[cache] ?? 'cache', hits })),
    histogram: [...histogram],
    width,
    stretches: stretches.map((one) => ({ ...one })),
  };
}
