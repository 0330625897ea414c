/**
 * Where everything of the host goes, before anything is built: stream table, queues, RAM of the VMs. Pure arithmetic,
 * so that an editor can be told that memory is too small without building a machine.
 */
import { hex } from '../base/address.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import { decodeFeatures, PRESETS } from '../spec/features.ts';
import type { Features, IdRegisters, PresetName } from '../spec/features.ts';
import { AddressSpace } from './address-space.ts';
import type { Granule, HostData, SmmuData, Stage2Map, VmData } from './data.ts';
import { granuleBytes, leafBytes, leafLevels } from './geometry.ts';

export interface Plan {
  readonly features: Features;
  /** What is left of physical memory. */
  readonly free: AddressSpace;
  readonly streamTable: { readonly base: bigint; readonly size: bigint };
  readonly commandQueue: { readonly base: bigint; readonly size: bigint };
  readonly eventQueue: { readonly base: bigint; readonly size: bigint };
  /** null: no device makes page requests. */
  readonly priQueue: { readonly base: bigint; readonly size: bigint } | null;
  /** PA of each stage-2 map entry, by VM and index. */
  readonly ram: ReadonlyMap<string, readonly bigint[]>;
}

const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

/** The ID registers that a lab asks for: a preset, and registers that differ from it. */
export function idRegisters(smmu: Pick<SmmuData, 'preset' | 'registers'>): Result<IdRegisters> {
  if (!isPreset(smmu.preset)) {
    return fail('unknown-preset', `unknown preset ${smmu.preset}; expected one of ${Object.keys(PRESETS).join(', ')}`, { path: 'host.smmu.preset' });
  }
  return ok({ ...PRESETS[smmu.preset].id, ...smmu.registers });
}

/** Size of the linear stream table or of the first level of a two-level one (IHI 0070 6.3.25). */
function streamTableBytes({ format, log2size, split }: SmmuData['streamTable']): bigint {
  if (format === 'linear') return 64n << BigInt(log2size);
  return 8n << BigInt(Math.max(log2size - split, 0));
}

function take(free: AddressSpace, size: bigint, what: string, path: string): Result<{ base: bigint; size: bigint }> {
  const align = size < 4096n ? 4096n : size;
  const base = free.allocate(size, { align });
  if (base === null) return fail('memory-full', `memory has no free ${hex(size)} bytes, aligned to as much, for the ${what}`, { path });
  return ok({ base, size });
}

/** RAM goes where leaves as large as its IPA allows can map it, never at its own IPA. */
export function placeRam(free: AddressSpace, granule: Granule, entry: Stage2Map): bigint | null {
  const sizes = leafLevels(granule).map((level) => leafBytes(granule, level));
  for (const align of sizes) {
    if (align > entry.size && align !== granuleBytes(granule)) continue;
    const base = free.allocate(entry.size, { align, offset: entry.ipa, avoid: entry.ipa });
    if (base !== null) return base;
  }
  return null;
}

function placeVm(free: AddressSpace, vm: VmData, path: string): Result<readonly bigint[]> {
  const placed: bigint[] = [];
  for (const [i, entry] of vm.stage2.map.entries()) {
    const pa = entry.pa ?? placeRam(free, vm.stage2.granule, entry);
    if (pa === null) {
      const message = `memory has no free ${hex(entry.size)} bytes for ${vm.name} at IPA ${hex(entry.ipa)}; enlarge host.memory or shrink the map`;
      return fail('memory-full', message, { path: `${path}.stage2.map[${i}].size` });
    }
    placed.push(pa);
  }
  return ok(placed);
}

/** Places what the host owns; the error names the document path that asked for too much. */
export function planHost(host: HostData): Result<Plan> {
  const id = idRegisters(host.smmu);
  if (!id.ok) return id;
  const free = new AddressSpace(host.memory);
  for (const vm of host.vms) for (const { pa, size } of vm.stage2.map) if (pa !== null) free.reserve(pa, size);
  const { smmu } = host;
  const streamTable = take(free, streamTableBytes(smmu.streamTable), 'stream table', 'host.smmu.streamTable.log2size');
  if (!streamTable.ok) return streamTable;
  const commandQueue = take(free, 16n << BigInt(smmu.commandQueue.log2size), 'command queue', 'host.smmu.commandQueue.log2size');
  if (!commandQueue.ok) return commandQueue;
  const eventQueue = take(free, 32n << BigInt(smmu.eventQueue.log2size), 'event queue', 'host.smmu.eventQueue.log2size');
  if (!eventQueue.ok) return eventQueue;
  const entries = smmu.ats?.priQueue ?? null;
  const priQueue = entries === null ? ok(null) : take(free, 16n << BigInt(entries.log2size), 'PRI queue', 'host.smmu.priQueue.log2size');
  if (!priQueue.ok) return priQueue;
  const ram = new Map<string, readonly bigint[]>();
  for (const [i, vm] of host.vms.entries()) {
    const placed = placeVm(free, vm, `host.vms[${i}]`);
    if (!placed.ok) return placed;
    ram.set(vm.name, placed.value);
  }
  const places = { streamTable: streamTable.value, commandQueue: commandQueue.value, eventQueue: eventQueue.value, priQueue: priQueue.value };
  return ok({ features: decodeFeatures(id.value), free, ...places, ram });
}
