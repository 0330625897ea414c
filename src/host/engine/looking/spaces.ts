/** Memory as an owner of structures sees it: physical addresses, or IPAs behind a stage 2. Reading touches nothing. */
import { big, stage2Of, throughTables } from '../../../model/lab/inspect/tables.ts';
import type { Fields } from '../../../model/lab/inspect/tables.ts';
import type { PhysicalMemory } from '../../../model/memory/physical-memory.ts';

export interface Space {
  readonly owner: 'host' | 'guest';
  readonly vm: string | null;
  readonly space: 'ipa' | 'pa';
  /** null: nothing is there. */
  toPa(address: bigint): bigint | null;
  read(address: bigint, bytes: number): Uint8Array | null;
  read64(address: bigint): bigint | null;
}

function spaceOf(place: Pick<Space, 'owner' | 'vm' | 'space'>, memory: PhysicalMemory, toPa: Space['toPa']): Space {
  const at = <T>(address: bigint, read: (pa: bigint) => T | null): T | null => {
    const pa = toPa(address);
    return pa === null ? null : read(pa);
  };
  return { ...place, toPa, read: (address, bytes) => at(address, (pa) => memory.readBytes(pa, bytes)), read64: (address) => at(address, (pa) => memory.read64(pa)) };
}

export const hostSpace = (memory: PhysicalMemory): Space => spaceOf({ owner: 'host', vm: null, space: 'pa' }, memory, (address) => address);

/** What a guest has, by its own page tables or by those that an STE points to. */
export const guestSpace = (vm: string | null, memory: PhysicalMemory, toPa: Space['toPa']): Space => spaceOf({ owner: 'guest', vm, space: 'ipa' }, memory, toPa);

/** The IPAs behind stage 2 of an STE. */
export function behindStage2(vm: string | null, memory: PhysicalMemory, ste: Fields): Space {
  const table = stage2Of(ste, (address) => memory.read64(address));
  return guestSpace(vm, memory, (ipa) => (big(ste, 'S2TTB') === 0n ? null : throughTables(table, ipa)));
}
