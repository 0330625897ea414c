import { fromWords, hex } from '../../base/address.ts';
import { assert } from '../../base/assert.ts';
import { COMMANDS, encode } from '../../spec/index.ts';
import { CACHE, PURPOSE } from '../../trace/record.ts';
import { CommandUnit } from '../commands/command-unit.ts';
import { SLOT, SLOT_SHIFT } from '../config/slot.ts';
import type { Core } from '../core.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { SCOPE, WORLD } from '../tlb/contexts.ts';
import type { Context } from '../tlb/contexts.ts';
import { META, META_WORDS } from '../tlb/tlb.ts';
import { WALK, WALK_SHIFT, WalkCache } from '../tlb/walk-cache.ts';
import { contextOf, DryRun } from './dry-run.ts';
import type { EntryName } from './dry-run.ts';
import type { NamedCommand } from './stale-hit.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';

export interface Removal {
  readonly commands: readonly NamedCommand[];
  readonly rule: string;
}

/** Who asks, and for what. */
export interface Access {
  readonly sid: number;
  /** SubstreamID, or 0. */
  readonly ssid: number;
  /** Input address. */
  readonly address: bigint;
  /** Of a device that uses ATS: `ssid` is its PASID. */
  readonly pasid?: boolean;
}

const PAGE_MASK = ~0xfffn;
const ALL = 31n;

const page = (address: bigint): bigint => BigInt.asUintN(64, address & PAGE_MASK);

/** The widest reason among the words that changed: the others go with it. */
const configurationRules = [
  [STRUCTURE.L1STD, 'stale.l1std'],
  [STRUCTURE.STE, 'stale.ste'],
  [STRUCTURE.L1CD, 'stale.l1cd'],
  [STRUCTURE.CD, 'stale.cd'],
  [STRUCTURE.STAGE2, 'stale.cd-ipa'],
] as const;

/** The least commands that remove an entry when these words change, as the architecture asks and this SMMU acts (IHI 0070 4.3, 4.4). */
export class Removals {
  private readonly core: Core;
  private readonly dryRun: DryRun;
  private readonly unit: CommandUnit;

  constructor(core: Core, registers: RegisterFile) {
    this.core = core;
    this.dryRun = new DryRun(core);
    this.unit = new CommandUnit(registers, core.features, this.dryRun, {});
  }

  /** `changed` is not empty. */
  of(entry: EntryName, changed: readonly Read[], access: Access): Removal {
    const removal = isConfiguration(entry) ? configuration(changed, access) : this.#translation(entry, changed, access);
    assert(
      this.removes(entry, removal.commands),
      `${removal.commands.map(({ name }) => name).join(', ')} removes the entry of ${removal.rule}`,
    );
    return removal;
  }

  /** The same of an entry that nobody asks for, by its own tags. */
  least(entry: EntryName, changed: readonly Read[]): Removal {
    const access = this.#accessOf(entry);
    return isConfiguration(entry) ? configuration(changed, access) : this.#translation(entry, changed, access);
  }

  /** CMD_CFGI_ALL: the tables of the SMMU were put elsewhere. */
  get everything(): Removal {
    return { commands: [{ name: 'CMD_CFGI_STE_RANGE', fields: { Range: ALL } }], rule: 'stale.registers' };
  }

  /** The command that removes the entry was issued. */
  get sync(): Removal {
    return { commands: [{ name: 'CMD_SYNC', fields: {} }], rule: 'stale.sync' };
  }

  /** The STE of another stream answered, as its span lets it (5.2 CONT). */
  steOf(sid: number): Removal {
    return { commands: [{ name: 'CMD_CFGI_STE', fields: { StreamID: BigInt(sid >>> 0), Leaf: 1n } }], rule: 'stale.ste' };
  }

  /** Would one of the commands remove the entry? */
  removes(target: EntryName, commands: readonly NamedCommand[]): boolean {
    this.dryRun.target = target;
    this.dryRun.reached = false;
    for (const command of commands) this.unit.execute(commandWords(command));
    return this.dryRun.reached;
  }

  /** The same of a command as it stands in the queue. */
  reaches(target: EntryName, words: Int32Array): boolean {
    this.dryRun.target = target;
    this.dryRun.reached = false;
    this.unit.execute(words);
    return this.dryRun.reached;
  }

  /** One that the entry answers. */
  #accessOf(name: EntryName): Access {
    const { cache, entry } = name;
    const { slots, tlb, s1Walk } = this.core;
    if (cache === CACHE.STE) return { sid: entry, ssid: 0, address: 0n };
    if (cache === CACHE.CONFIG) {
      const at = entry << SLOT_SHIFT;
      return { sid: slots[at + SLOT.SID]!, ssid: Math.max(slots[at + SLOT.KEY]! - 2, 0), address: 0n };
    }
    if (cache === CACHE.S1_WALK) return { sid: 0, ssid: 0, address: prefixOf(s1Walk, entry) };
    const [lo, hi] = [tlb.words[entry << 2]!, tlb.words[(entry << 2) + 1]!];
    return { sid: 0, ssid: 0, address: fromWords(((hi & 0xfff) << 12) | (lo >>> 20), lo << 12) };
  }

  /** An IPA that an IPA-keyed entry covers. */
  #ipaOf({ cache, entry }: EntryName): bigint {
    const { tlb, s2Walk } = this.core;
    if (cache === CACHE.S2_TLB) return fromWords(tlb.meta[entry * META_WORDS + META.IPA_HI]!, tlb.meta[entry * META_WORDS + META.IPA_LO]!);
    return prefixOf(s2Walk, entry);
  }

  #translation(entry: EntryName, changed: readonly Read[], access: Access): Removal {
    const context = contextOf(this.core, entry);
    const of = (structure: number): Read[] => changed.filter((read) => read.structure === structure);
    const stage2 = of(STRUCTURE.STAGE2);
    const vmid = { VMID: BigInt(context.vmid) };
    if (of(STRUCTURE.STE).length > 0) return { commands: [{ name: 'CMD_TLBI_S12_VMALL', fields: vmid }], rule: 'stale.ste-fields' };
    if (context.scope === SCOPE.STAGE2) {
      const table = isTable(stage2) || entry.cache === CACHE.S2_WALK;
      return { commands: [byIpa(context, page(this.#ipaOf(entry)), table)], rule: table ? 'stale.s2-table' : 'stale.s2-leaf' };
    }
    if (stage2.length > 0)
      return { commands: [...byIpas(stage2, context), { name: 'CMD_TLBI_NH_ALL', fields: vmid }], rule: 'stale.combined' };
    if (of(STRUCTURE.CD).length > 0) return { commands: [addressSpace(context)], rule: 'stale.cd-fields' };
    const table = isTable(changed) || entry.cache === CACHE.S1_WALK;
    return { commands: [byVa(context, page(access.address), table)], rule: table ? 'stale.s1-table' : 'stale.s1-leaf' };
  }
}

/** What removes the translation of one page from the device that holds it (4.5.1). */
export function heldRemoval({ sid, ssid, address, pasid = false }: Access): Removal {
  const substream = pasid ? { SSV: 1n, SubstreamID: BigInt(ssid) } : {};
  return { commands: [{ name: 'CMD_ATC_INV', fields: { StreamID: BigInt(sid >>> 0), ...substream, Address: page(address), Size: 0n } }], rule: 'stale.atc' };
}

export const isConfiguration = ({ cache }: EntryName): boolean => cache === CACHE.CONFIG || cache === CACHE.STE;

/** First address of what a walk cache entry covers. */
function prefixOf(cache: WalkCache, entry: number): bigint {
  const at = entry << WALK_SHIFT;
  return fromWords(cache.words[at + WALK.PREFIX_HI]!, cache.words[at + WALK.PREFIX_LO]!) << BigInt(WalkCache.reach(cache.granuleOf(at)));
}

export function commandWords({ name, fields }: NamedCommand): Int32Array {
  const record = COMMANDS.byName.get(name);
  assert(record !== undefined, `there is a command ${name}`);
  const words = new Uint32Array(4);
  encode(record, fields, words, 0);
  return new Int32Array(words.buffer);
}

/** A table descriptor: not at the last level, and valid as one before it changed. */
const isTable = (reads: readonly Read[]): boolean => reads.some(({ level, words }) => level < 3 && (words[0]! & 3) === 3);

function configuration(changed: readonly Read[], { sid, ssid }: Access): Removal {
  const [structure, rule] = configurationRules.find(([one]) => changed.some((read) => read.structure === one))!;
  const leaf = structure === STRUCTURE.L1STD || structure === STRUCTURE.L1CD ? 0n : 1n;
  const StreamID = BigInt(sid >>> 0);
  if (structure === STRUCTURE.L1STD || structure === STRUCTURE.STE)
    return { commands: [{ name: 'CMD_CFGI_STE', fields: { StreamID, Leaf: leaf } }], rule };
  return { commands: [{ name: 'CMD_CFGI_CD', fields: { StreamID, SubstreamID: BigInt(ssid), Leaf: leaf } }], rule };
}

const byIpa = ({ vmid }: Context, Address: bigint, table: boolean): NamedCommand => ({
  name: 'CMD_TLBI_S2_IPA',
  fields: { VMID: BigInt(vmid), Address, Leaf: table ? 0n : 1n },
});

/** One command for each IPA whose translation changed; Leaf 0 where a table did. */
function byIpas(stage2: readonly Read[], context: Context): NamedCommand[] {
  const pages = new Map<bigint, Read[]>();
  for (const read of stage2) {
    const address = page(fromWords(read.ipaHi, read.ipaLo));
    pages.set(address, [...(pages.get(address) ?? []), read]);
  }
  return [...pages].map(([address, reads]) => byIpa(context, address, isTable(reads)));
}

/** Everything of one ASID; global entries have none. */
function addressSpace({ world, scope, vmid, asid }: Context): NamedCommand {
  const ASID = BigInt(asid);
  if (world === WORLD.NS_EL1)
    return scope === SCOPE.ASID
      ? { name: 'CMD_TLBI_NH_ASID', fields: { VMID: BigInt(vmid), ASID } }
      : { name: 'CMD_TLBI_NH_ALL', fields: { VMID: BigInt(vmid) } };
  return world === WORLD.NS_EL2_E2H && scope === SCOPE.ASID
    ? { name: 'CMD_TLBI_EL2_ASID', fields: { ASID } }
    : { name: 'CMD_TLBI_EL2_ALL', fields: {} };
}

/** A global entry is of every ASID, and a command by address removes it under any. */
function byVa({ world, scope, vmid, asid }: Context, Address: bigint, table: boolean): NamedCommand {
  const Leaf = table ? 0n : 1n;
  const VMID = BigInt(vmid);
  const global = scope === SCOPE.GLOBAL;
  if (world === WORLD.NS_EL1)
    return global
      ? { name: 'CMD_TLBI_NH_VAA', fields: { VMID, Address, Leaf } }
      : { name: 'CMD_TLBI_NH_VA', fields: { VMID, ASID: BigInt(asid), Address, Leaf } };
  if (world === WORLD.NS_EL2_E2H && !global) return { name: 'CMD_TLBI_EL2_VA', fields: { ASID: BigInt(asid), Address, Leaf } };
  return world === WORLD.NS_EL2_E2H
    ? { name: 'CMD_TLBI_EL2_VAA', fields: { Address, Leaf } }
    : { name: 'CMD_TLBI_EL2_VA', fields: { Address, Leaf } };
}

/** What a lookup finds the entry by. */
export function keyText(core: Core, entry: EntryName, { sid, ssid, address, pasid = false }: Access, purpose: number): string {
  const stream = `StreamID ${hex(BigInt(sid >>> 0))}`;
  if (entry.cache === CACHE.STE) return stream;
  if (entry.cache === CACHE.ATC) return [stream, ...(pasid ? [`PASID ${ssid}`] : []), `IOVA ${hex(page(address))}`].join(', ');
  if (entry.cache === CACHE.CONFIG) return `${stream}, SubstreamID ${ssid}`;
  const { world, scope, vmid, asid } = contextOf(core, entry);
  const vm = world === WORLD.NS_EL1 ? [`VMID ${vmid}`] : [world === WORLD.NS_EL2 ? 'EL2' : 'EL2-E2H'];
  if (scope === SCOPE.STAGE2)
    return [
      ...vm,
      purpose === PURPOSE.IN || purpose === PURPOSE.NONE
        ? 'IPA of the access'
        : purpose === PURPOSE.CD
          ? 'IPA of the CD'
          : 'IPA of a stage 1 table',
    ].join(', ');
  const space = scope === SCOPE.GLOBAL ? ['global'] : world === WORLD.NS_EL2 ? [] : [`ASID ${asid}`];
  return [...vm, ...space, `IOVA ${hex(page(address))}`].join(', ');
}
