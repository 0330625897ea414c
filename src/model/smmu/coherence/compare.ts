import { accessor, CD, decode, STE } from '../../spec/index.ts';
import type { RecordDef } from '../../spec/index.ts';
import { CACHE, STATUS } from '../../trace/record.ts';
import { FLAG, SLOT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import type { Faults } from '../fault.ts';
import type { Txn } from '../txn.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';

/** 5.2.1 and 5.4.1: what the TLB may cache of an STE and of a CD. */
const TLB_FIELDS: Readonly<Record<number, ReadonlySet<string>>> = {
  [STRUCTURE.STE]: new Set('S2TTB S2PTW S2VMID S2T0SZ S2IR0 S2OR0 S2SH0 S2SL0 S2TG S2PS S2AFFD S2HA S2HD S2ENDI S2AA64 S2FWB'.split(' ')),
  [STRUCTURE.CD]: new Set(
    'TTB0 TTB1 T0SZ T1SZ TG0 TG1 IR0 IR1 OR0 OR1 SH0 SH1 EPD0 EPD1 ENDI IPS AFFD WXN UWXN TBI0 TBI1 PAN AA64 HA HD HAD0 HAD1 MAIR0 MAIR1 AMAIR0 AMAIR1 ASID ASET'.split(
      ' ',
    ),
  ),
};

const recordOf = (structure: number): RecordDef => (structure === STRUCTURE.STE ? STE : CD);

/** Names of the fields of an STE or CD that differ; of those that matter to the cache. */
export function changedFields(structure: number, cache: number, before: Int32Array, now: Int32Array): string[] {
  if (before.every((word, i) => word === now[i])) return [];
  const record = recordOf(structure);
  const [old, current] = [decode(record, before, 0), decode(record, now, 0)];
  const inTlb = cache === CACHE.CONFIG || cache === CACHE.STE || cache === CACHE.ATC ? null : TLB_FIELDS[structure];
  return Object.keys(current).filter((name) => old[name] !== current[name] && (inTlb?.has(name) ?? true));
}

/** Word of an event record that holds the STAG. */
const STAG = 2;

const sameRecord = ({ record }: Faults, fresh: Faults, except: number): boolean =>
  record.every((word, i) => i === except || word === fresh.record[i]);

/**
 * 3.13: an entry that hides an update of flags, of a page that became clean, answers otherwise too. Where none of the words that it
 * was made from changed it does not: hardware keeps the flags of one of the leaves that the Contiguous bit joins.
 */
export const hidesUpdate = (real: Txn, fresh: Txn): boolean => real.updates === 0 && fresh.updates > 0;

/** Two transactions, the second without caches, came to the same but for flags. */
export function sameOutcome(real: Txn, fresh: Txn, realFaults: Faults, freshFaults: Faults): boolean {
  if (real.status !== fresh.status) return false;
  if (real.status === STATUS.ABORT) return true;
  if (real.status === STATUS.STALLED) return sameRecord(realFaults, freshFaults, STAG);
  if (real.status !== STATUS.FAULT) return real.outHi === fresh.outHi && real.outLo === fresh.outLo && real.attributes === fresh.attributes;
  if (real.event !== fresh.event || real.response !== fresh.response || real.recorded !== fresh.recorded) return false;
  return sameRecord(realFaults, freshFaults, -1);
}

/** Words of a slot that say what a translation makes of its STE and CD. */
const DECODED = [
  SLOT.TTB0_LO,
  SLOT.TTB0_HI,
  SLOT.TTB1_LO,
  SLOT.TTB1_HI,
  SLOT.GEOMETRY0,
  SLOT.GEOMETRY1,
  SLOT.S1_OUT,
  SLOT.S2TTB_LO,
  SLOT.S2TTB_HI,
  SLOT.GEOMETRY2,
  SLOT.S2_OUT,
  SLOT.MAIR0,
  SLOT.MAIR1,
] as const;

const ste = {
  S2VMID: accessor(STE, 'S2VMID'),
  MTCFG: accessor(STE, 'MTCFG'),
  MemAttr: accessor(STE, 'MemAttr'),
  SHCFG: accessor(STE, 'SHCFG'),
};
const cd = { ASID: accessor(CD, 'ASID'), ASET: accessor(CD, 'ASET') };

/** The configuration in the slot at `s` is what memory says now: that of the slot at 0 of `fresh`. */
export function sameConfiguration({ slots, features }: Core, s: number, { slots: fresh }: Core): boolean {
  const flags = slots[s + SLOT.FLAGS]!;
  const now = fresh[SLOT.FLAGS]!;
  if ((flags & now & FLAG.ABORT) !== 0) return true;
  if (flags !== now || DECODED.some((at) => slots[s + at] !== fresh[at])) return false;
  if (features.attrTypesOvr && [ste.MTCFG, ste.MemAttr, ste.SHCFG].some((of) => of(slots, s + SLOT.STE) !== of(fresh, SLOT.STE)))
    return false;
  if ((flags & (FLAG.S1 | FLAG.S2)) !== 0 && ste.S2VMID(slots, s + SLOT.STE) !== ste.S2VMID(fresh, SLOT.STE)) return false;
  return (flags & FLAG.S1) === 0 || [cd.ASID, cd.ASET].every((of) => of(slots, s + SLOT.CD) === of(fresh, SLOT.CD));
}

const VALID = 1;
const TABLE = 2;
/** Output address, and whether it is one of a table. */
const OUTPUT_LO = ~0xfff | TABLE;
const OUTPUT_HI = 0xffff;

/** A descriptor went from valid to valid with another output, without being invalid in between as far as it can be told. */
export const becameAnother = ({ structure, words }: Read, nowHi: number, nowLo: number): boolean =>
  structure >= STRUCTURE.STAGE1 &&
  (words[0]! & nowLo & VALID) !== 0 &&
  (((words[0]! ^ nowLo) & OUTPUT_LO) !== 0 || ((words[1]! ^ nowHi) & OUTPUT_HI) !== 0);
