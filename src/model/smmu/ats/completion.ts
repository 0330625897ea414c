import { fromWords, iova } from '../../base/address.ts';
import type { Iova } from '../../base/address.ts';
import { COMPLETION, COMPLETION_NAMES, GRANT, REQUEST, SPACE } from '../../trace/record.ts';
import type { Completion } from '../../trace/record.ts';
import type { Outcome } from '../outcome.ts';
import type { Txn } from '../txn.ts';
import type { AtsUnit } from './ats-unit.ts';

/** An ATS translation request as a device sends it (PCIe; IHI 0070 13.7). Without `ssid` it has no PASID, and Priv and Exe are 0. */
export interface AtsRequest {
  readonly sid: number;
  readonly ssid?: number;
  readonly iova: bigint;
  /** NW: the device will not write; nothing is marked dirty for it. */
  readonly noWrite?: boolean;
  /** Execute Requested and Privileged Mode Requested. */
  readonly execute?: boolean;
  readonly privileged?: boolean;
  /** How many smallest translation units are asked for; an SMMU may answer for fewer, and this one answers for one translation. */
  readonly span?: number;
}

/** What a completion grants. `size` bytes around the page asked for translate alike; R = W = 0 is no translation. */
export interface AtsTranslation {
  readonly iova: Iova;
  /** A PA; with split-stage ATS an IPA, which Translated transactions take through stage 2. */
  readonly address: bigint;
  readonly space: 'pa' | 'ipa';
  readonly size: bigint;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  readonly privileged: boolean;
}

/** The answer to a translation request. Global and N are 0 and U is 0 in every completion of an SMMU (3.9.1.2). */
export interface AtsCompletion {
  readonly status: Completion;
  /** null unless the status is success. */
  readonly translation: AtsTranslation | null;
  /** The SMMU's side of it, as of a transaction: the fault behind a completion that grants nothing, events, reads. */
  readonly outcome: Outcome;
}

/** REQUEST bits. Without PASID a request is neither privileged nor for execution (13.7). */
export const requestBits = ({ ssid, noWrite = false, execute = false, privileged = false }: AtsRequest): number =>
  (noWrite ? REQUEST.NW : 0) | (ssid !== undefined && execute ? REQUEST.EXE : 0) | (ssid !== undefined && privileged ? REQUEST.PRIV : 0);

/** The completion that the unit has made of the request in `txn`. */
export function completionOf(unit: AtsUnit, txn: Txn, outcome: Outcome): AtsCompletion {
  const status = COMPLETION_NAMES[unit.completion]!;
  if (unit.completion !== COMPLETION.SUCCESS) return { status, translation: null, outcome };
  const { grant } = unit;
  const size = 1n << BigInt(unit.shift);
  const asked = fromWords(txn.inHi, txn.inLo);
  const translation: AtsTranslation = {
    iova: iova(asked - (asked % size)),
    address: fromWords(unit.addressHi, unit.addressLo),
    space: unit.space === SPACE.IPA ? 'ipa' : 'pa',
    size,
    read: (grant & GRANT.R) !== 0,
    write: (grant & GRANT.W) !== 0,
    execute: (grant & GRANT.EXE) !== 0,
    privileged: (grant & GRANT.PRIV) !== 0,
  };
  return { status, translation, outcome };
}
