// Property tests draw the same cases every time, so that a failure is of the change that is tested. SMMU_LAB_SEED draws others.
import fc from 'fast-check';

const { SMMU_LAB_SEED = '70' } = process.env;
const seed = Number(SMMU_LAB_SEED);
if (!Number.isInteger(seed)) throw new Error(`SMMU_LAB_SEED: expected an integer, got "${SMMU_LAB_SEED}"`);
fc.configureGlobal({ seed });
