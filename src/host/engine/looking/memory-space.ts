/** Spaces of memory as regions, one after the other, and the structures that lie in them. */
import { hex } from '../../../model/base/address.ts';
import { structureName } from '../../../model/lab/layout.ts';
import type { Located } from '../../../model/lab/layout.ts';
import { MEMORY_ROW } from '../../../protocol/contract.ts';
import type { Overlay } from '../../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import type { Subject } from './subject.ts';

export interface Region {
  readonly from: bigint;
  readonly size: bigint;
  /** Where its first byte is. */
  readonly pa: bigint;
}

export interface MemorySpace {
  readonly id: string;
  readonly title: string;
  /** By their addresses. */
  readonly regions: readonly Region[];
  readonly vm: string | null;
}

const PHYSICAL = 'pa';
const ROW = BigInt(MEMORY_ROW);

/** RAM of each VM as stage 2 has it now. */
function ramOf({ bench, machine }: Subject): (readonly [vm: string, regions: readonly Region[]])[] {
  const regionOf = ({ ipa, pa, size }: { readonly ipa: bigint; readonly pa: bigint; readonly size: bigint }): Region => ({ from: ipa, size, pa });
  const stacked = [...(bench?.stack.vms.values() ?? [])].map(({ data, ram }) => [data.name, ram.regions.map(regionOf)] as const);
  return [...stacked, ...[...(machine?.vms.values() ?? [])].map((vm) => [vm.data.name, vm.ram.backings.map(regionOf)] as const)];
}

const sorted = (regions: readonly Region[]): Region[] => [...regions].sort((a, b) => (a.from < b.from ? -1 : 1));

export function spacesOf(subject: Subject): MemorySpace[] {
  const physical = subject.smmu.memory.regions.map(({ base, size }): Region => ({ from: base, size, pa: base }));
  const vms = ramOf(subject).map(([vm, regions]): MemorySpace => ({ id: `ipa:${vm}`, title: `IPAs of ${vm}`, regions: sorted(regions), vm }));
  return [{ id: PHYSICAL, title: 'physical memory', regions: sorted(physical), vm: null }, ...vms];
}

export function spaceOf(subject: Subject, id: string): MemorySpace {
  const space = spacesOf(subject).find((one) => one.id === id);
  if (space === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: `there is no memory ${JSON.stringify(id)}` });
  return space;
}

const rowsIn = ({ size }: Region): number => Number((size + ROW - 1n) / ROW);

export const rowCount = ({ regions }: MemorySpace): number => regions.reduce((sum, region) => sum + rowsIn(region), 0);

/** The address of a row. */
export function addressOfRow({ regions }: MemorySpace, row: number): bigint | null {
  let left = row;
  for (const region of regions) {
    if (left < rowsIn(region)) return region.from + BigInt(left) * ROW;
    left -= rowsIn(region);
  }
  return null;
}

/** The row of an address; null: it is in no region. */
export function rowOfAddress({ regions }: MemorySpace, address: bigint): number | null {
  let before = 0;
  for (const region of regions) {
    if (address >= region.from && address < region.from + region.size) return before + Number((address - region.from) / ROW);
    before += rowsIn(region);
  }
  return null;
}

export function toPa({ regions }: MemorySpace, address: bigint): bigint | null {
  const region = regions.find(({ from, size }) => address >= from && address < from + size);
  return region === undefined ? null : region.pa + (address - region.from);
}

const structuresOf = ({ bench, machine }: Subject): readonly Located[] => bench?.structures() ?? machine?.structures() ?? [];

/** Structures in a space, by the addresses they have there; a VM's RAM is no structure within its own IPAs. */
export function overlaysOf(subject: Subject, space: MemorySpace): Overlay[] {
  return structuresOf(subject).flatMap((one): Overlay[] => {
    const from = space.vm === null ? one.pa : one.vm === space.vm && one.space === 'ipa' && one.kind !== 'vm-ram' ? one.address : null;
    return from === null ? [] : [{ name: structureName(one), kind: one.kind, owner: one.owner, vm: one.vm, from: hex(from), size: hex(one.size) }];
  });
}

/** The innermost one that covers an address. */
export function overlayAt(overlays: readonly Overlay[], address: bigint): Overlay | null {
  const covering = overlays.filter(({ from, size }) => address >= BigInt(from) && address < BigInt(from) + BigInt(size));
  return covering.reduce<Overlay | null>((best, one) => (best === null || BigInt(one.size) < BigInt(best.size) ? one : best), null);
}
