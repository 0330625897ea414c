import { PRESETS } from '../../src/model/spec/index.ts';
import type { FieldValues } from '../../src/model/spec/index.ts';
import type { Stalls } from '../../src/model/smmu/stall/stalls.ts';
import { NestedMachine, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

const { id } = PRESETS['qemu-11'];
const STALL_MODEL = 3 << 24;
const TERM_MODEL = 1 << 26;

export interface StallOptions extends Omit<MachineOptions, 'id'> {
  /** IDR0.STALL_MODEL: 0 stall and terminate, 1 terminate only, 2 stall forced. */
  readonly model?: number;
  /** IDR5.STALL_MAX. */
  readonly max?: number;
  readonly duplicates?: 'recorded' | 'suppressed';
  /** IDR0.TERM_MODEL: no RAZ/WI. */
  readonly terminates?: boolean;
}

/** The nested machine on an SMMU that can stall; CD.S 1 and STE.S2S 1 unless said otherwise. */
export function stalling({ model = 0, max = 4, terminates = false, duplicates = 'recorded', ste = {}, cd = {}, ...rest }: StallOptions = {}): NestedMachine {
  const IDR0 = (id.IDR0 & ~(STALL_MODEL | TERM_MODEL)) | (model << 24) | (terminates ? TERM_MODEL : 0);
  const stalls: FieldValues = { S: true };
  return new NestedMachine({ ...rest, choices: { 'stall.duplicates': duplicates }, id: { IDR0, IDR5: id.IDR5 | (max << 16) }, ste: { S2S: true, ...ste }, cd: { ...stalls, ...cd } });
}

export const RETRY = 'retry';
export type Answer = 'retry' | 'abort' | 'raz-wi';

/** CMD_RESUME: Ac is bit 12 of D0, Ab bit 13. */
export function resume(m: NestedMachine, stag: number, answer: Answer, sid = SID): void {
  const how = answer === 'retry' ? 1n << 12n : answer === 'abort' ? 1n << 13n : 0n;
  m.command((BigInt(sid) << 32n) | how | 0x44n, BigInt(stag));
}

export const stallTerm = (m: NestedMachine, sid = SID): void => m.command((BigInt(sid) << 32n) | 0x45n);

/** The STAGs of what waits, -1 where there is none. */
export const waiting = ({ smmu }: { readonly smmu: { readonly stalls: Stalls } }): number[] => smmu.stalls.entries().map(({ stag }) => stag);
