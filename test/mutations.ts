/** Damaged inputs: how many of each kind, and how long one may take. */

const { SMMU_LAB_MUTATIONS } = process.env;

/** `SMMU_LAB_MUTATIONS`, or `few` where it is not set: as many as a run of all tests has time for. */
export const mutations = (few: number): number => Number(SMMU_LAB_MUTATIONS ?? few);

/** One input may take so much of a processor, in milliseconds: what the clock says of a busy machine is no measure. */
const TIME = 2000;

/** Does `read` and throws where it took longer: it hangs on that input. */
export function inTime<T>(read: () => T): T {
  const start = process.cpuUsage();
  const result = read();
  const { user } = process.cpuUsage(start);
  if (user > TIME * 1000) throw new Error(`one input took ${Math.round(user / 1000)} ms of a processor`);
  return result;
}
