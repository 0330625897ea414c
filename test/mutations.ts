/** Damaged inputs: how many of each kind, and how long one may take. */

const { SMMU_LAB_MUTATIONS } = process.env;

/** `SMMU_LAB_MUTATIONS`, or `few` where it is not set: as many as a run of all tests has time for. */
export const mutations = (few: number): number => Number(SMMU_LAB_MUTATIONS ?? few);

/** One input may take so long, in milliseconds, on a busy machine. */
const TIME = 2000;

/** Does `read` and throws where it took longer: it hangs on that input. */
export function inTime<T>(read: () => T): T {
  const start = performance.now();
  const result = read();
  const took = performance.now() - start;
  if (took > TIME) throw new Error(`one input took ${Math.round(took)} ms`);
  return result;
}
