/** A VM as the host runs it: its stage-2 tables and the RAM they give it (IHI 0070 3.3.2: stage 2 belongs to the hypervisor). */
import { hex } from '../base/address.ts';
import { fail, ok } from '../base/result.ts';
import type { Result } from '../base/result.ts';
import type { Stage2Map, VmData } from './data.ts';
import { stage2Format, stage2Leaf } from './descriptor-format.ts';
import { GuestRam } from './guest-ram.ts';
import { GuestMemory, HostMemory, tablesIn } from './owned-memory.ts';
import type { System } from './owned-memory.ts';
import { placeRam } from './plan.ts';
import { TranslationTable } from './translation-table.ts';

export class Vm {
  readonly data: VmData;
  readonly table: TranslationTable;
  readonly ram: GuestRam;
  /** Memory as the guest sees it. */
  readonly memory: GuestMemory;
  private readonly system: System;

  private constructor(data: VmData, table: TranslationTable, ram: GuestRam, memory: GuestMemory, system: System) {
    this.data = data;
    this.table = table;
    this.ram = ram;
    this.memory = memory;
    this.system = system;
  }

  /** Builds the stage-2 tables. `pas` are the PAs of the map's entries, `buffers` the IPAs that devices are given. */
  static create(data: VmData, pas: readonly bigint[], buffers: readonly { base: bigint; size: bigint }[], system: System): Result<Vm> {
    const { granule, ipaBits, startLevel, map } = data.stage2;
    const tables = tablesIn(new HostMemory(system), { kind: 'stage-2-table', vm: data.name, device: null, from: 0n });
    const table = TranslationTable.create(stage2Format(granule), { startLevel, inputBits: ipaBits, inputBase: 0n }, tables);
    if (!table.ok) return table;
    const ram = new GuestRam(system.memory);
    const ranges = map.map(({ ipa, size }) => ({ base: ipa as bigint, size }));
    const vm = new Vm(data, table.value, ram, new GuestMemory(system, ram, data.name, ranges, buffers), system);
    for (const [i, entry] of map.entries()) {
      const mapped = vm.map(entry, pas[i]);
      if (!mapped.ok) return mapped;
    }
    return ok(vm);
  }

  /** Maps an entry; at `pa`, at its own PA, or where memory is free. */
  map(entry: Stage2Map, pa: bigint | null = entry.pa): Result<bigint> {
    const at = pa ?? placeRam(this.system.free, this.data.stage2.granule, entry);
    if (at === null) return fail('memory-full', `memory has no free ${hex(entry.size)} bytes for IPA ${hex(entry.ipa)}`);
    const forcesWriteBack = (this.data.stage2.fields['S2FWB'] ?? 0n) === 1n;
    const encode = stage2Leaf(this.data.stage2.granule, entry, forcesWriteBack);
    const mapped = this.table.map(entry.ipa, at, entry.size, entry.block, encode);
    if (!mapped.ok) return mapped;
    this.ram.back(entry.ipa, at, entry.size);
    return ok(at);
  }

  /** Takes IPAs away; gives the bytes that were mapped. */
  unmap(ipa: bigint, size: bigint): Result<bigint> {
    const removed = this.table.unmap(ipa, size);
    if (removed.ok) this.ram.take(ipa, size);
    return removed;
  }
}
