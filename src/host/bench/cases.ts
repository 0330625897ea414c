import { NO_CACHES } from '../../model/smmu/options.ts';
import type { CacheOptions } from '../../model/smmu/options.ts';
import { fromWords } from '../../model/base/address.ts';
import { buildImage, machine, requests } from './image.ts';

/** Requests of one batch at least: what a caller in another thread hands over at once (36 us for a round trip). */
const BATCH = 4096;

interface Case {
  readonly streams: number;
  readonly caches: CacheOptions;
}

const CONFIG_ONLY: CacheOptions = { ...NO_CACHES, config: 64 };

/** What is measured, by the names of `bench --json`. */
export const CASES = {
  hit: { streams: 1, caches: { ...CONFIG_ONLY, tlb: 4096 } },
  walk: { streams: 1, caches: CONFIG_ONLY },
  walkCached: { streams: 1, caches: { ...CONFIG_ONLY, s1Walk: 8192, s2Walk: 8192 } },
  cold1: { streams: 1, caches: NO_CACHES },
  cold4096: { streams: 4096, caches: NO_CACHES },
  cold65536: { streams: 65_536, caches: NO_CACHES },
} as const satisfies Record<string, Case>;

export type CaseName = keyof typeof CASES;
export const CASE_NAMES = Object.keys(CASES) as CaseName[];

export const requestsOf = (name: CaseName): Int32Array => requests(Math.max(BATCH, CASES[name].streams), CASES[name].streams);

export interface Measured {
  /** Nanoseconds per translation, the best of the rounds. */
  readonly ns: number;
  /** Sum of the output addresses of one batch, in hex: what the C version must give too. */
  readonly sum: string;
}

/** A prepared case: each call runs batches for `seconds` and gives nanoseconds per translation. */
export function prepare(name: CaseName): { readonly sum: string; round(seconds: number): number } {
  const wanted = requestsOf(name);
  const count = wanted.length / 4;
  const batch = machine(buildImage(), CASES[name].caches).openBatch(count);
  batch.requests.set(wanted);
  batch.run(count);
  let sum = 0n;
  for (let i = 0; i < count; i++) sum += fromWords(batch.results[i * 4 + 2]!, batch.results[i * 4 + 1]!);
  return {
    sum: BigInt.asUintN(64, sum).toString(16),
    round: (seconds) => {
      const start = performance.now();
      let translations = 0;
      let spent = 0;
      do {
        batch.run(count);
        translations += count;
        spent = performance.now() - start;
      } while (spent < seconds * 1000);
      return (spent * 1e6) / translations;
    },
  };
}
