/** StreamWorld: the translation regime of a stream, by its STE and CR2.E2H (IHI 0070 3.3.3, 5.2 STRW). */
import type { Features } from './features.ts';
import { accessor } from './layout.ts';
import type { Words } from './layout.ts';
import { STE } from './ste.ts';

export const NS_EL1 = 0;
export const NS_EL2 = 1;
export const NS_EL2_E2H = 2;
export type StreamWorld = typeof NS_EL1 | typeof NS_EL2 | typeof NS_EL2_E2H;

const config = accessor(STE, 'Config');
const strw = accessor(STE, 'STRW');

/** STRW counts only on a stage-1-only stream of an SMMU with Hyp; elsewhere the stream is NS-EL1. */
export const strwUsed = (ste: Words, at: number, f: Features): boolean => f.hyp && config(ste, at) === 0b101;

/** The regime of a stage-1 stream. A reserved STRW is ILLEGAL before anybody asks. */
export function streamWorld(ste: Words, at: number, f: Features, e2h: boolean): StreamWorld {
  if (!strwUsed(ste, at, f) || strw(ste, at) === 0) return NS_EL1;
  return e2h ? NS_EL2_E2H : NS_EL2;
}
