import type { Geometry } from './geometry.ts';
import type { TableFormat } from './types.ts';

const TG: Readonly<Record<number, number>> = { 12: 0, 14: 2, 16: 1 };
/** IDR5.OAS, CD.IPS and STE.S2PS by bits. */
const PS: Readonly<Record<number, number>> = { 32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5, 52: 6 };
const INNER = 3;
const OUTER = 2;
const WRITE_BACK = 1;
const NON_CACHEABLE = 0;

/** Geometry and walk attributes: TCR of stage 1, VTCR of stage 2 (d.6). */
export function formatOf(coherentWalk: boolean, geometry: Geometry): TableFormat {
  const cacheable = coherentWalk ? WRITE_BACK : NON_CACHEABLE;
  const sl = geometry.pageShift === 12 ? geometry.startLevel + 1 : geometry.startLevel;
  return {
    tsz: 64 - geometry.ias,
    tg: TG[geometry.pageShift] ?? 0,
    irgn: cacheable,
    orgn: cacheable,
    sh: coherentWalk ? INNER : OUTER,
    ps: PS[geometry.oas] ?? 5,
    sl: geometry.stage === 2 ? ~sl & 3 : 0,
  };
}

/** STE word 2 bits [50:32]. */
export const vtcrOf = ({ tsz, sl, irgn, orgn, sh, tg, ps }: TableFormat): number =>
  tsz | (sl << 6) | (irgn << 8) | (orgn << 10) | (sh << 12) | (tg << 14) | (ps << 16);
