/** What is broken in a random machine: bits of descriptors, fields of its STE and CD, the level 1 descriptor of its stream. */
import type { FieldValues } from '../../../model/spec/index.ts';
import type { Descriptor } from './translation-tables.ts';
import type { Draw } from './rng.ts';

const AF = 1n << 10n;
const ADDRESS_ABOVE_OAS = 1n << 45n;

/** Address bits that lead from RAM to the flash, PCI configuration or PCI memory of the machine. */
const ELSEWHERE = [30, 31, 38, 39];
const flipped = (draw: Draw, word: bigint): bigint => {
  const bit = draw.below(64);
  return ELSEWHERE.includes(bit) ? word & ~1n : word ^ (1n << BigInt(bit));
};

/** Where no memory and no device is. */
const nowhere = (draw: Draw): bigint => (1n << draw.pick([40n, 42n, 43n, 45n, 46n])) | draw.bits(40);

/** A descriptor with something else in it. */
export function bentWord(draw: Draw, { leaf, level }: Descriptor, word: bigint): bigint {
  const common = [
    (): bigint => word & ~1n,
    (): bigint => word ^ 2n,
    (): bigint => word | ADDRESS_ABOVE_OAS,
    (): bigint => flipped(draw, word),
  ];
  const leaves = [(): bigint => word ^ AF, (): bigint => word ^ (1n << BigInt(6 + draw.below(2))), (): bigint => word ^ (1n << 11n), (): bigint => word & ~(3n << 6n)];
  // APTable and the execute-never bits of a stage 1 table; a stage 2 table ignores them.
  const tables = [(): bigint => word | (draw.bits(5) << 59n), (): bigint => (level < 3 ? (word & ~2n) | AF | (3n << 6n) : word)];
  return draw.pick([...common, ...(leaf ? leaves : tables)])();
}

/** Never what ends QEMU itself: S2AA64 = 0 with stage 2, and IPS of 6 or 7. */
const STE_BENDS: readonly ((draw: Draw) => FieldValues)[] = [
  () => ({ V: false }),
  (draw) => ({ Config: draw.pick([0, 1, 2, 3, 4, 5, 6, 7]) }),
  (draw) => ({ S2T0SZ: draw.below(64) }),
  (draw) => ({ S2SL0: draw.below(4) }),
  (draw) => ({ S2TG: draw.below(4) }),
  (draw) => ({ S2PS: draw.below(6) }),
  () => ({ S2S: true }),
  () => ({ S1STALLD: true }),
  () => ({ S1CDMax: 1 }),
  (draw) => ({ S2TTB: nowhere(draw) & ~0xf_ffffn }),
  (draw) => ({ S1ContextPtr: nowhere(draw) & ~0x3fn }),
  (draw) => ({ S2R: draw.chance(50), S2AFFD: draw.chance(50), S2PTW: draw.chance(50) }),
];

const CD_BENDS: readonly ((draw: Draw) => FieldValues)[] = [
  () => ({ V: false }),
  () => ({ AA64: false }),
  (draw) => ({ T0SZ: draw.below(64) }),
  (draw) => ({ T1SZ: draw.below(64) }),
  (draw) => ({ TG0: draw.below(4) }),
  (draw) => ({ TG1: draw.below(4) }),
  (draw) => ({ IPS: draw.below(6) }),
  (draw) => ({ EPD0: draw.chance(50), EPD1: draw.chance(50) }),
  () => ({ S: true }),
  (draw) => ({ TTB0: nowhere(draw) & ~0xfffn }),
  (draw) => ({ TTB1: nowhere(draw) & ~0xfffn }),
  (draw) => ({ R: draw.chance(50), A: draw.chance(80), AFFD: draw.chance(50) }),
];

export const steBend = (draw: Draw): FieldValues => draw.pick(STE_BENDS)(draw);
export const cdBend = (draw: Draw): FieldValues => draw.pick(CD_BENDS)(draw);
