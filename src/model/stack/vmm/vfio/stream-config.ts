/** What a guest's STE asks of stage 1, as far as the v16 uAPI can say it. */
import { accessor, illegalSte, STE, wide } from '../../../spec/index.ts';
import { findSte } from '../stream-table.ts';
import type { GuestSide } from '../guest-side.ts';
import type { VfioPolicy } from './policy.ts';
import { badCd } from './qemu-cd.ts';

export type StreamConfig =
  | { readonly kind: 'translate'; readonly contextPtr: bigint; readonly pasidBits: number; readonly s1fmt: number; readonly s1dss: number }
  | { readonly kind: 'bypass' }
  | { readonly kind: 'abort' }
  /** Not accepted; `why` in words. */
  | { readonly kind: 'bad'; readonly why: string };

const V = accessor(STE, 'V');
const Config = accessor(STE, 'Config');
const S1CDMax = accessor(STE, 'S1CDMax');
const S1Fmt = accessor(STE, 'S1Fmt');
const S1DSS = accessor(STE, 'S1DSS');
const S1STALLD = accessor(STE, 'S1STALLD');
const S1ContextPtr = wide(STE, 'S1ContextPtr');

const ENABLED = 4;
const STAGE_1 = 1;
const STAGE_2 = 2;

const bad = (why: string): StreamConfig => ({ kind: 'bad', why });

/** Reads and judges the guest's STE of a stream. */
export function streamConfig(guest: GuestSide, sid: number, decode: VfioPolicy['decode']): StreamConfig {
  const found = findSte(guest.registers, guest.memory, sid);
  if ('event' in found) return bad(found.event);
  return decode === 'qemu' ? asQemu(guest, found.words) : asArchitecture(guest, found.words);
}

function asArchitecture(guest: GuestSide, ste: Int32Array): StreamConfig {
  const rule = illegalSte(ste, 0, guest.features);
  if (rule !== null) return bad(`C_BAD_STE: ${rule.message(ste, 0, guest.features)}`);
  const config = Config(ste, 0);
  if ((config & ENABLED) === 0) return { kind: 'abort' };
  if ((config & STAGE_1) === 0) return { kind: 'bypass' };
  // IHI 0070 5.2: without substreams there is one CD, whatever S1CDMax says.
  const pasidBits = guest.features.ssidSize === 0 ? 0 : S1CDMax(ste, 0);
  return { kind: 'translate', contextPtr: S1ContextPtr(ste, 0), pasidBits, s1fmt: S1Fmt(ste, 0), s1dss: S1DSS(ste, 0) };
}

/** b.2: QEMU refuses what it did not implement, and a stream whose CD it would not accept itself. */
function asQemu(guest: GuestSide, ste: Int32Array): StreamConfig {
  const config = Config(ste, 0);
  if (V(ste, 0) === 0) return bad('C_BAD_STE: V is 0');
  if ((config & ENABLED) === 0) return { kind: 'abort' };
  if ((config & (STAGE_1 | STAGE_2)) === 0) return { kind: 'bypass' };
  if ((config & STAGE_2) !== 0) return bad('C_BAD_STE: stage 2 is not implemented');
  if (S1CDMax(ste, 0) !== 0) return bad('C_BAD_STE: S1CDMax above 0 is not implemented');
  if (S1STALLD(ste, 0) !== 0) return bad('C_BAD_STE: S1STALLD is not implemented');
  const contextPtr = S1ContextPtr(ste, 0);
  const why = badCd(guest, contextPtr);
  return why === null ? { kind: 'translate', contextPtr, pasidBits: 0, s1fmt: 0, s1dss: 0 } : bad(why);
}
