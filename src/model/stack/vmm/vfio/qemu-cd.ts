/** The checks that QEMU v10 makes of a CD before it tells the host of a stream (b.2). */
import { accessor, ADDRESS_BITS, CD, TG0_SHIFT, TG1_SHIFT, wide } from '../../../spec/index.ts';
import { readWords } from '../guest-memory.ts';
import type { GuestSide } from '../guest-side.ts';

const CD_WORDS = 16;
const MIN_TXSZ = 16;
const MAX_TXSZ = 39;

const V = accessor(CD, 'V');
const AA64 = accessor(CD, 'AA64');
const A = accessor(CD, 'A');
const S = accessor(CD, 'S');
const HA = accessor(CD, 'HA');
const HD = accessor(CD, 'HD');
const ENDI = accessor(CD, 'ENDI');
const IPS = accessor(CD, 'IPS');

const HALVES = [
  {
    name: 'TTB0',
    disabled: accessor(CD, 'EPD0'),
    txsz: accessor(CD, 'T0SZ'),
    tg: accessor(CD, 'TG0'),
    shifts: TG0_SHIFT,
    ttb: wide(CD, 'TTB0'),
  },
  {
    name: 'TTB1',
    disabled: accessor(CD, 'EPD1'),
    txsz: accessor(CD, 'T1SZ'),
    tg: accessor(CD, 'TG1'),
    shifts: TG1_SHIFT,
    ttb: wide(CD, 'TTB1'),
  },
] as const;

const FLAGS: readonly (readonly [wrong: (cd: Int32Array) => boolean, why: string])[] = [
  [(cd) => V(cd, 0) === 0, 'V is 0'],
  [(cd) => AA64(cd, 0) === 0, 'AA64 is 0'],
  [(cd) => A(cd, 0) === 0, 'A is 0, but TERM_MODEL is 1'],
  [(cd) => S(cd, 0) === 1, 'S is 1: stalls are not implemented'],
  [(cd) => HA(cd, 0) === 1 || HD(cd, 0) === 1, 'HA or HD is 1'],
];

function badHalf(cd: Int32Array, half: (typeof HALVES)[number], oas: number): string | null {
  if (half.disabled(cd, 0) === 1) return null;
  const txsz = half.txsz(cd, 0);
  if (txsz < MIN_TXSZ || txsz > MAX_TXSZ) return `the size of ${half.name} is ${txsz}, not ${MIN_TXSZ} to ${MAX_TXSZ}`;
  if (half.shifts[half.tg(cd, 0)] === 0) return `the granule of ${half.name} is reserved`;
  if (ENDI(cd, 0) === 1) return 'ENDI is 1';
  return half.ttb(cd, 0) >> BigInt(oas) === 0n ? null : `${half.name} is beyond ${oas} bits`;
}

/** Why QEMU takes the CD at this IPA for bad, or null. */
export function badCd(guest: GuestSide, ipa: bigint): string | null {
  const cd = readWords(guest.memory, ipa, CD_WORDS);
  if (cd === null) return 'F_CD_FETCH: the CD is outside RAM';
  const oas = Math.min(ADDRESS_BITS[IPS(cd, 0)]!, guest.features.oas);
  const why = FLAGS.find(([wrong]) => wrong(cd))?.[1] ?? HALVES.map((half) => badHalf(cd, half, oas)).find((one) => one !== null);
  return why === undefined || why === null ? null : `C_BAD_CD: ${why}`;
}
