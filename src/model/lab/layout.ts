/** Which structure lies where and whose it is: the host's in PAs, a guest's in IPAs that stage 2 puts at PAs (IHI 0070 3.3.2, 3.6). */
import { hex } from '../base/address.ts';

export type StructureKind =
  | 'stream-table'
  | 'stream-table-level-2'
  | 'command-queue'
  | 'event-queue'
  | 'pri-queue'
  | 'stage-2-table'
  | 'stage-1-table'
  | 'context-descriptor'
  | 'cd-table'
  | 'cd-table-leaf'
  | 'msi-doorbell'
  | 'fault-region'
  | 'fault-response-region'
  | 'veventq'
  | 'fault-queue'
  | 'vm-ram';

export interface Structure {
  readonly kind: StructureKind;
  /** Who writes it: the host, or the guest that runs in `vm`. */
  readonly owner: 'host' | 'guest';
  readonly vm: string | null;
  readonly device: string | null;
  /** Table level, null for what is no translation table. */
  readonly level: number | null;
  /** Address as its owner knows it; 0 in `kernel`, memory of the host's kernel that no table of the SMMU leads to. */
  readonly address: bigint;
  readonly space: 'ipa' | 'pa' | 'kernel';
  readonly size: bigint;
}

/** A structure and where stage 2 puts it now; null where the host maps nothing, and in `kernel`. */
export interface Located extends Structure {
  readonly pa: bigint | null;
}

const NAMES: Readonly<Record<StructureKind, string>> = {
  'stream-table': 'stream table',
  'stream-table-level-2': 'level 2 stream table',
  'command-queue': 'command queue',
  'event-queue': 'event queue',
  'pri-queue': 'PRI queue',
  'stage-2-table': 'stage 2 table',
  'stage-1-table': 'stage 1 table',
  'context-descriptor': 'CD',
  'cd-table': 'table of CDs',
  'cd-table-leaf': 'leaf of CDs',
  'msi-doorbell': 'doorbell of MSIs',
  'fault-region': 'DMA FAULT region',
  'fault-response-region': 'DMA FAULT RESPONSE region',
  veventq: 'vEVENTQ',
  'fault-queue': 'FAULT_QUEUE',
  'vm-ram': 'RAM',
};

/** `stage 2 level 1 table of vm0`, `CD of nic0`. */
export function structureName(structure: Structure): string {
  const of = structure.device ?? structure.vm;
  const name = structure.level === null ? NAMES[structure.kind] : NAMES[structure.kind].replace('table', `level ${structure.level} table`);
  return of === null ? name : `${name} of ${of}`;
}

/** The innermost structure that covers a PA, or null: a table inside a VM's RAM rather than the RAM. */
export function structureAt(structures: readonly Located[], pa: bigint): Located | null {
  const covering = structures.filter((one) => one.pa !== null && pa >= one.pa && pa < one.pa + one.size);
  return covering.reduce<Located | null>((best, one) => (best === null || one.size < best.size ? one : best), null);
}

/** Where it lies and whose it is, in words. */
export function structureRow(one: Located): { readonly name: string; readonly value: string } {
  const at = one.pa === null ? 'not mapped by the host' : `PA ${hex(one.pa)}`;
  const where = one.space === 'kernel' ? "in memory of the host's kernel" : one.space === 'ipa' ? `IPA ${hex(one.address)}, ${at}` : at;
  return { name: structureName(one), value: `${where}, ${hex(one.size)} bytes, ${one.owner}'s` };
}
