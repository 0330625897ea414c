import type { AtsCompletion, AtsRequest } from '../../src/model/smmu/smmu.ts';
import { PRESETS } from '../../src/model/spec/index.ts';
import { IOVA, NestedMachine, SID } from './nested-machine.ts';
import type { MachineOptions } from './nested-machine.ts';

const { IDR0, IDR1 } = PRESETS['qemu-11'].id;
/** ATS with split-stage, PRI, ATSRECERR, MSI, hardware update of AF and dirty state; 4 bits of SubstreamID, 2^4 page requests, permission overrides. */
export const ATS_ID = {
  IDR0: IDR0 | (1 << 10) | (1 << 16) | (1 << 23) | (1 << 13) | (2 << 6),
  IDR1: IDR1 | (4 << 6) | (4 << 11) | (1 << 26),
};

export const RECINVSID = 2;
export const REC_CFG_ATS = 8;
export const FULL = 1;
export const SPLIT = 2;

/** CR0 with queues and SMMUEN, with and without ATSCHK. */
export const CHECKED = 0b1_1101;
export const UNCHECKED = 0b0_1101;

/** A nested stream that may use ATS, its Translated transactions checked. */
export class AtsMachine extends NestedMachine {
  constructor(options: MachineOptions = {}, cr0 = CHECKED) {
    super({ ...options, id: { ...ATS_ID, ...options.id }, ste: { EATS: FULL, ...options.ste } });
    this.smmu.write32(0x20, cr0);
  }

  /** STRTAB_BASE can be written only while SMMUEN is 0. */
  moveStreamTable(pa: bigint): void {
    this.smmu.write32(0x20, CHECKED & ~1);
    this.smmu.write64(0x80, pa);
    this.smmu.write32(0x20, CHECKED);
  }

  request(extra: Partial<AtsRequest> = {}): AtsCompletion {
    return this.smmu.ats({ sid: SID, iova: IOVA, ...extra });
  }
}

/** The completion in a line: `success RW`, `success -`, `UR`, `CA`. */
export function answerOf({ status, translation }: AtsCompletion): string {
  if (translation === null) return status;
  const { read, write, execute } = translation;
  const grant = `${read ? 'R' : ''}${write ? 'W' : ''}${execute ? 'X' : ''}`;
  return `${status} ${grant === '' ? '-' : grant}`;
}

/** Rows for a table of tests, by their whole titles: `$title` would cut them. */
export const titled = <R extends { readonly title: string }>(rows: readonly R[]): (readonly [string, R])[] => rows.map((row) => [row.title, row]);
