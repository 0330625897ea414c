/** The machine of that run as plain data: queues, caches, structures, memory, what is stalled and what a survey finds. */
import type { CacheEntry, CacheWindow, EventBeside, FaultLevel, FaultRow, MappedRange, MemoryRow, Overlay, Params, Ring, StalledRow, StructureNode } from '../../protocol/contract.ts';
import { field } from './fake-run.ts';

export const BESIDE: EventBeside = { words: ['0000001000000010', '0000020800000000', '0000000020000000', '0000000090000000'], type: 'F_TRANSLATION', sid: 0x10, device: '/pcie 00:02.0', ssid: null, iova: '0x20000000', access: 'read', privileged: false, now: 'same', text: 'would fault still, decided by the stage 2 level 2 descriptor at PA 0x40011010', rule: 's2.invalid', cause: '0x40011010', what: 'stage 2 level 2 descriptor' };

export const MAPPING: MappedRange = { sid: 0x38, ssid: 0, iova: '0x10000000', size: '0x200000', ipa: '0x80100000', pa: '0x48100000', pageSize: '0x200000', stages: 'stages 1 and 2', rights: 'RW', attributes: 'S1 RW iWB oWB ISH nG; S2 RW iWB oWB ISH', descriptors: { stage1: '0x48201000', stage2: '0x40011000' } };

export const RING: Ring = {
  id: 'physical-event', level: 'physical', title: 'event queue', owner: 'host', vm: null, device: null, base: { address: '0x40200000', space: 'pa' }, holds: 'event', size: 16,
  prod: { index: 1, wrap: 0 }, cons: { index: 0, wrap: 0 }, waiting: 1, enabled: true, lost: false, error: null, wrongAt: null,
};

const LEVEL: FaultLevel = { state: 'none', text: '' };

export const FAULTS: readonly FaultRow[] = [
  { index: 0, txn: 3, type: 'F_TRANSLATION', sid: 0x10, device: 'nic0', physical: { state: 'there', text: 'written' }, middle: { state: 'lost', text: "stage 2 is the host's" }, guest: LEVEL, handler: LEVEL },
];

export const CACHED: CacheEntry = {
  id: 'tlb-4', kind: 'tlb', sid: null, ssid: null, world: 'NS-EL1', vmid: 1, asid: 5, global: false, input: { space: 'iova', address: '0x10000000' }, size: '0x1000', output: { space: 'pa', address: '0x48100000' },
  levels: 'S1 L3, S2 L2', permissions: 'RW-/RW-', attributes: 'Normal iWB oWB NSH', origin: 1, age: 3, hits: 1, removed: false,
  stale: { now: null, words: [{ what: 'S1 L3', pa: '0x48093000', old: '0x80100003', now: '0x0', by: 'guest vm0', step: 2 }], commands: ['CMD_TLBI_NH_VA VMID=1 ASID=5 Address=0x10000000 Leaf=1'], rule: 'stale.s1-leaf' },
};

const STE_CACHED: CacheEntry = { ...CACHED, id: 'ste-16', kind: 'ste', sid: 16, vmid: null, asid: null, world: null, input: null, size: null, output: null, levels: '', permissions: null, attributes: null, stale: null };

/** One stale translation and the STE behind it; every command that names ASID 5 would remove the former. */
export function cachesSeen({ command = '', kinds = [], staleOnly = false, from, count }: Params<'caches.window'>): CacheWindow {
  const removes = command.includes('ASID=5');
  const rows = [STE_CACHED, { ...CACHED, removed: removes }].filter((row) => (kinds.length === 0 || kinds.includes(row.kind)) && (!staleOnly || row.stale !== null));
  return {
    total: rows.length,
    rows: rows.slice(from, from + count),
    caches: [{ kind: 'ste', live: 1, capacity: 64, stale: 0 }, { kind: 'tlb', live: 1, capacity: 256, stale: 1 }],
    preview: command === '' ? null : { command, problem: null, removes: removes ? 1 : 0, stale: removes ? 1 : 0, left: removes ? 0 : 1 },
  };
}

export const STE_NODE: StructureNode = {
  id: 'physical/ste:0x10', kind: 'ste', title: 'STE 0x10', text: 'nested, VMID 1', owner: 'host', vm: null, at: { space: 'pa', address: '0x40000400' }, pa: '0x40000400', input: null, size: null, output: null,
  words: ['000000008000000f', '0000000000000000'], fields: [field('V', 0, 0, 1, 'Valid.', '5.2'), field('Config', 3, 1, 7, 'Stages.', '5.2', 'nested'), field('S1ContextPtr', 55, 6, 0x80000000, 'CDs.', '5.2', '0x80000000')],
  illegal: [{ rule: 'ste.s2t0sz', section: '5.2', event: 'C_BAD_STE', message: 'S2T0SZ 12 gives 52 bits', fields: ['S2T0SZ'] }], children: 1,
};

export const OVERLAY: Overlay = { name: 'stream table', kind: 'stream-table', owner: 'host', vm: null, from: '0x40000000', size: '0x40' };

export function memoryRow(space: string, row: number): MemoryRow {
  const address = `0x${((space === 'pa' ? 0x40000000 : 0x80000000) + row * 16).toString(16)}`;
  return { address, pa: address, bytes: (row === 0 ? '0f00008041' : '').padEnd(32, '0'), overlay: row < 4 ? OVERLAY : null };
}

export function structuresBelow(parent: string): readonly StructureNode[] {
  if (parent === '') return [{ ...STE_NODE, id: 'physical', kind: 'smmu', title: 'the SMMU', text: 'stream table, linear', words: [], fields: [], illegal: [] }];
  if (parent === 'physical') return [STE_NODE];
  return [{ ...STE_NODE, id: `${parent}/cd:0`, kind: 'cd', title: 'CD 0', text: 'ASID 5', owner: 'guest', vm: 'vm0', at: { space: 'ipa', address: '0x80000000' }, illegal: [], children: 0 }];
}

/** One that software knows of and one that it does not. */
export const STALLED: StalledRow[] = [
  { txn: 3, sid: 0x10, ssid: null, device: 'nic0', iova: '0x2000', access: 'write', event: 'F_TRANSLATION', stag: 5, held: 'none' },
  { txn: 4, sid: 0x10, ssid: 1, device: 'nic0', iova: '0x3000', access: 'read', event: 'F_TRANSLATION', stag: 6, held: 'queue-full' },
];
