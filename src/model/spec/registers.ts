/** The map of register pages 0 and 1 (IHI 0070 6.2, 6.3), Non-secure, by name without the SMMU_ prefix. */
import { assert } from '../base/assert.ts';
import type { RegisterDef } from './layout.ts';
import { CONTROL_REGISTERS } from './registers/control.ts';
import { IDENTIFICATION } from './registers/identification.ts';
import { TABLE_AND_QUEUE_REGISTERS } from './registers/tables-and-queues.ts';
import { OPERATION_REGISTERS } from './registers/translation-operations.ts';

export { ATOS_FAULT, ECMDQ } from './registers/translation-operations.ts';

function mapped(registers: readonly RegisterDef[]): ReadonlyMap<string, RegisterDef> {
  const sorted = [...registers].sort((a, b) => a.offset - b.offset);
  sorted.forEach((register, i) => {
    const before = sorted[i - 1];
    assert(before === undefined || before.offset + before.bytes <= register.offset, `${register.id} overlaps ${before?.id}`);
  });
  const map = new Map(sorted.map((register) => [register.id, register]));
  assert(map.size === sorted.length, 'two registers have one name');
  return map;
}

/** Every register by name, in the order of their offsets. */
export const REGISTERS: ReadonlyMap<string, RegisterDef> = mapped([
  ...IDENTIFICATION,
  ...CONTROL_REGISTERS,
  ...TABLE_AND_QUEUE_REGISTERS,
  ...OPERATION_REGISTERS,
]);

/** A stretch of offsets without registers of their own. */
export interface RegisterRegion {
  readonly from: number;
  /** Last byte. */
  readonly to: number;
  readonly doc: string;
}

/** What lies between the registers (6.2). Offsets in none of these, and in no register, are RES0. */
export const REGISTER_REGIONS: readonly RegisterRegion[] = [
  { from: 0xa8, to: 0xaf, doc: 'Aliases of EVENTQ_PROD and EVENTQ_CONS, or RAZ/WI.' },
  { from: 0xc8, to: 0xcf, doc: 'Aliases of PRIQ_PROD and PRIQ_CONS, or RAZ/WI.' },
  { from: 0x200, to: 0x217, doc: 'Device Permission Table; RES0 without it.' },
  { from: 0xe00, to: 0xeff, doc: 'Implementation defined.' },
  { from: 0x1000, to: 0x3fff, doc: 'Implementation defined.' },
  { from: 0x4000, to: 0x5fff, doc: 'Control pages of the enhanced command queues, 32 bytes each; RES0 without them.' },
  { from: 0x8000, to: 0xffff, doc: 'Secure registers: RAZ/WI to Non-secure accesses.' },
];

const byOffset = new Map([...REGISTERS.values()].map((register) => [register.offset, register]));

/** The register that holds the byte at `offset`, or null. */
export function registerAt(offset: number): RegisterDef | null {
  const aligned = offset - (offset % 4);
  const register = byOffset.get(aligned) ?? byOffset.get(aligned - 4);
  return register !== undefined && aligned < register.offset + register.bytes ? register : null;
}
