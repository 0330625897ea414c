/** One change of tables or configuration each, in the order that the architecture asks for, with everything it makes necessary. */
import { hex } from '../../../src/model/base/address.ts';
import type { DriverMachine, Stream } from './machine.ts';
import { EVERYTHING } from './needs.ts';
import type { Need, Region } from './needs.ts';
import { CONTIGUOUS } from './page-tables.ts';
import type { Broken, Granule, PageTables } from './page-tables.ts';
import { chance, pick } from './random.ts';
import type { Random } from './random.ts';
import { DATA, STRUCTURES } from './vm.ts';
import type { AddressSpace, Context, Vm } from './vm.ts';

const AF = 1n << 10n;
const NG = 1n << 11n;
const DBM = 1n << 51n;

/** Offsets from DATA where leaves begin: neighbours, the ends of what the Contiguous bit joins, other blocks. */
export function slots({ granule }: { readonly granule: Granule }): readonly bigint[] {
  const page = 1n << BigInt(granule);
  const joined = granule === 12 ? 16n : granule === 14 ? 128n : 32n;
  const block = 1n << BigInt(granule + granule - 3);
  return [0n, 0n, page, 2n * page, (joined - 1n) * page, joined * page, block, block + page];
}

/** First address of an upper half. */
export const upperPrefix = ({ bits }: PageTables): bigint => BigInt.asUintN(64, -(1n << BigInt(bits)));

/** One of stage 1, from whose leaves come entries by VA; or stage 2 of the VM. */
interface Tables {
  readonly tables: PageTables;
  readonly prefix: bigint;
  readonly kind: 'lower' | 'upper' | 'stage 2';
  /** Which lower half, or which set of global entries. */
  readonly index: number;
}

/** An access that a change should concern. */
interface Aim {
  readonly stream: Stream;
  readonly request: { readonly iova: bigint };
}

export class Changes {
  readonly #m: DriverMachine;
  readonly #random: Random;
  #last: Changes['last'] = null;
  #aims: readonly Aim[] = [];
  readonly #list: readonly (readonly [weight: number, name: string, change: (vm: Vm) => void])[];

  constructor(machine: DriverMachine) {
    this.#m = machine;
    this.#random = machine.random;
    this.#list = [
      [36, 'leaf', (vm) => this.#leaf(vm)],
      [5, 'contiguous leaves', (vm) => this.#contiguous(vm)],
      [5, 'permissions', (vm) => this.#permissions(vm)],
      [6, 'table', (vm) => this.#table(vm)],
      [5, 'page of structures', (vm) => this.#migrate(vm)],
      [6, 'CD', (vm) => this.#context(vm)],
      [4, 'address space', (vm) => this.#space(vm)],
      [3, 'ASID', (vm) => this.#asid(vm)],
      [2, 'fields of an ASET', (vm) => this.#globals(vm)],
      [4, 'STE', (vm) => this.#ste(vm)],
      [2, 'VMID', (vm) => this.#vmid(vm)],
      [2, 'root of stage 2', (vm) => this.#stage2Root(vm)],
      [2, 'L1CD', (vm) => this.#cdLeaf(vm)],
      [1, 'table of CDs', (vm) => this.#cdTable(vm)],
      [1, 'L1STD', (vm) => this.#level2(vm)],
      [1, 'stream table', () => this.#level1()],
      [2, 'nothing', (vm) => this.#superfluous(vm)],
    ];
  }

  /** Where something changed last: an input address of a VM, of stage 2 or of what a device uses. */
  get last(): { readonly vm: Vm; readonly ipa: boolean; readonly address: bigint } | null {
    return this.#last;
  }

  /** Accesses that the next changes should concern. */
  aim(at: readonly Aim[]): void {
    this.#aims = at;
  }

  /** Leaves everywhere, before anything is cached. */
  populate(): void {
    for (const vm of this.#m.vms) {
      const stage1 = [
        ...vm.lower.map((tables, index): Tables => ({ kind: 'lower', index, tables, prefix: 0n })),
        ...(vm.shape.world === 'EL2' ? [] : vm.upper.map(({ tables }, index): Tables => ({ kind: 'upper', index, tables, prefix: upperPrefix(tables) }))),
      ];
      const stage2: readonly Tables[] = vm.stage2 === null ? [] : [{ kind: 'stage 2', index: 0, tables: vm.stage2, prefix: 0n }];
      for (const of of [...stage2, ...stage1]) {
        for (const slot of slots(of.tables)) {
          const address = of.prefix + DATA + slot;
          if (of.tables.leafAt(address) === null) of.tables.make(address, 3, this.#word(vm, of, of.tables.granule), this.#hierarchy(of));
        }
      }
    }
  }

  /** One of them, at random, in one of these VMs. */
  any(vms: readonly Vm[]): void {
    const vm = pick(this.#random, vms);
    let weight = this.#random(this.#list.reduce((sum, [one]) => sum + one, 0));
    const [, name, change] = this.#list.find(([one]) => (weight -= one) < 0)!;
    this.#m.log.push(`${name} of VMID ${vm.tag.vmid}`);
    change(vm);
  }

  #tablesOf(vm: Vm): Tables {
    const kinds: Tables['kind'][] = ['lower', 'lower', ...(vm.shape.world === 'EL2' ? [] : (['upper'] as const)), ...(vm.stage2 === null ? [] : (['stage 2', 'stage 2'] as const))];
    const kind = pick(this.#random, kinds);
    if (kind === 'stage 2') return { kind, index: 0, tables: vm.stage2!, prefix: 0n };
    const index = this.#random(kind === 'lower' ? vm.lower.length : vm.upper.length);
    const tables = kind === 'lower' ? vm.lower[index]! : vm.upper[index]!.tables;
    return { kind, index, tables, prefix: kind === 'upper' ? upperPrefix(tables) : 0n };
  }

  #spacesOf(vm: Vm, { kind, index }: Tables): readonly AddressSpace[] {
    return vm.spaces.filter((space) => (kind === 'lower' ? space.tables : space.aset) === index);
  }

  /** What entries a broken descriptor may have left. */
  #needsOf(vm: Vm, of: Tables, broken: Pick<Broken, 'leaf' | 'level' | 'from' | 'size' | 'addresses' | 'global'>): Need[] {
    const { tag } = vm;
    const region: Region = { ...broken, granule: of.tables.granule };
    if (of.kind === 'stage 2') return [{ kind: 'IPA', tag, region }, { kind: 'stage 1', tag }, ...this.#everyAtc(vm)];
    const spaces = this.#spacesOf(vm, of);
    const every = of.kind === 'upper' && (!broken.leaf || broken.global);
    const needs: Need[] = every ? [{ kind: 'VA', tag, asid: null, region }] : spaces.map(({ asid }) => ({ kind: 'VA', tag, asid, region }));
    const contexts = vm.contexts.filter(({ space }) => spaces.includes(space));
    return [...needs, ...this.#atcs(vm, contexts, broken.from, broken.size)];
  }

  #atcs(vm: Vm, contexts: readonly Context[], from: bigint, size: bigint): Need[] {
    const streams = this.#m.streamsOf(vm).filter(({ endpoint }) => endpoint !== null);
    return streams.flatMap(({ sid }) => contexts.map(({ ssid }): Need => ({ kind: 'ATC', sid, ssid: ssid === 0 ? null : ssid, from, size })));
  }

  #everyAtc(vm: Vm): Need[] {
    return this.#atcs(vm, vm.contexts, 0n, EVERYTHING);
  }

  #broken(vm: Vm, of: Tables, broken: readonly Broken[]): void {
    this.#m.invalidate(broken.flatMap((one) => this.#needsOf(vm, of, one)));
    for (const { tables } of broken) of.tables.release(tables);
  }

  #levels({ granule, first }: PageTables): readonly number[] {
    return [3, 3, 3, 2, ...(granule === 12 ? [1] : [])].filter((level) => level >= first);
  }

  #address(vm: Vm, of: Tables): bigint {
    const aimed = chance(this.#random, 75) ? this.#aimedAt(vm, of) : [];
    const address = aimed.length > 0 ? pick(this.#random, aimed) : of.prefix + DATA + pick(this.#random, slots(of.tables));
    this.#last = { vm, ipa: of.kind === 'stage 2', address };
    return address;
  }

  /** Output and attributes of a new leaf of 2^bits bytes. */
  #word(vm: Vm, of: Tables, bits: number): bigint {
    const random = this.#random;
    const aligned = (address: bigint): bigint => (address >> BigInt(bits)) << BigInt(bits);
    const toIpa = of.kind !== 'stage 2' && vm.stage2 !== null;
    const output = toIpa ? DATA + pick(random, slots(vm.stage2!)) : (BigInt(random(1 << 30)) << 13n) & 0xfff_ffff_f000n;
    return aligned(output) | this.#attributes(vm, of);
  }

  #attributes(vm: Vm, of: Tables): bigint {
    const random = this.#random;
    const updates = vm.shape.updates;
    const af = chance(random, 95) && !(updates && chance(random, 40)) ? AF : 0n;
    const dbm = updates && chance(random, 50) ? DBM : 0n;
    const writable = chance(random, 80);
    if (of.kind === 'stage 2') return af | dbm | (writable ? 0xc0n : 0x40n) | (BigInt(random(16)) << 2n) | (BigInt(random(4)) << 8n) | (chance(random, 10) ? 1n << 54n : 0n);
    const nonGlobal = of.kind === 'lower' || chance(random, 50) ? NG : 0n;
    return af | dbm | nonGlobal | (writable ? 0n : 0x80n) | (chance(random, 85) ? 0x40n : 0n) | (BigInt(random(8)) << 2n) | (BigInt(random(4)) << 8n) | (chance(random, 20) ? BigInt(random(4)) << 53n : 0n);
  }

  #leaf(vm: Vm): void {
    const of = this.#tablesOf(vm);
    const { tables } = of;
    const level = pick(this.#random, this.#levels(tables));
    const shift = BigInt(tables.shift(level));
    const address = (this.#address(vm, of) >> shift) << shift;
    this.#m.log.push(`  ${of.kind} ${of.index}: ${hex(address)} at level ${level}`);
    this.#broken(vm, of, tables.break(address, level));
    if (chance(this.#random, 88)) tables.make(address, level, this.#word(vm, of, Number(shift)), this.#hierarchy(of));
  }

  /** Pages of the tables that the accesses aimed at go through. */
  #aimedAt(vm: Vm, of: Tables): bigint[] {
    const page = (address: bigint): bigint => (address >> BigInt(of.tables.granule)) << BigInt(of.tables.granule);
    return this.#aims.flatMap(({ stream, request: { iova } }) => {
      if (stream.vm !== vm) return [];
      const upper = iova >> 63n === 1n;
      if (of.kind !== 'stage 2') return stream.stage2Only || upper !== (of.kind === 'upper') ? [] : [page(iova)];
      if (stream.stage2Only) return [page(iova)];
      const stage1 = upper ? vm.upper.map(({ tables }) => tables) : vm.lower;
      const leaf = stage1.map((tables) => tables.leafAt(iova)).find((one) => one !== null);
      const ipa = leaf === undefined ? 0n : leaf.word & 0xffff_ffff_f000n;
      return ipa >= DATA && ipa < STRUCTURES ? [page(ipa)] : [];
    });
  }

  /** Attributes of a new stage 1 table. */
  #hierarchy(of: Tables): bigint {
    return of.kind !== 'stage 2' && chance(this.#random, 20) ? BigInt(this.#random(16)) << 59n : 0n;
  }

  #contiguous(vm: Vm): void {
    const of = this.#tablesOf(vm);
    const { tables } = of;
    const level = tables.granule === 12 && chance(this.#random, 30) ? Math.max(2, tables.first) : 3;
    const joined = tables.joined(level);
    const shift = BigInt(tables.shift(level));
    const from = (this.#address(vm, of) >> (shift + BigInt(joined))) << (shift + BigInt(joined));
    const word = this.#word(vm, of, Number(shift) + joined) | CONTIGUOUS;
    this.#m.log.push(`  ${of.kind} ${of.index}: ${hex(from)} at level ${level}`);
    const addresses = Array.from({ length: 1 << joined }, (_, i) => BigInt(i) << shift);
    this.#broken(vm, of, addresses.flatMap((offset) => tables.break(from + offset, level)));
    for (const offset of addresses) tables.make(from + offset, level, word + offset);
  }

  /** 3.21.1: what changes permissions alone needs no break. */
  #permissions(vm: Vm): void {
    const of = this.#tablesOf(vm);
    const address = this.#address(vm, of);
    const leaf = of.tables.leafAt(address);
    if (leaf === null || (leaf.word & CONTIGUOUS) !== 0n) return;
    const { pa, word, level } = leaf;
    const shift = BigInt(of.tables.shift(level));
    const bits = AF | DBM | (of.kind === 'stage 2' ? 0xc0n | (1n << 54n) : 0xc0n | (3n << 53n));
    this.#m.memory.write64(pa, (word & ~bits) | (this.#attributes(vm, of) & bits));
    const from = (address >> shift) << shift;
    this.#m.log.push(`  ${of.kind} ${of.index}: ${hex(from)} at level ${level}`);
    this.#m.invalidate(this.#needsOf(vm, of, { leaf: true, level, from, size: 1n << shift, addresses: [from], global: (word & NG) === 0n }));
  }

  #table(vm: Vm): void {
    const of = this.#tablesOf(vm);
    const { first } = of.tables;
    if (first === 3) return;
    const level = first + this.#random(3 - first);
    const copied = of.tables.copyTable(this.#address(vm, of), level);
    if (copied === null) return;
    this.#m.log.push(`  ${of.kind} ${of.index}: ${hex(copied.broken.from)} at level ${level}`);
    this.#broken(vm, of, [copied.broken]);
    copied.link();
  }

  /** The host puts a page of the guest's own structures elsewhere. */
  #migrate(vm: Vm): void {
    if (vm.stage2 === null) return;
    const { memory, heap } = this.#m;
    const ipa = pick(this.#random, vm.structurePages);
    const bytes = 1n << BigInt(vm.stage2.granule);
    const of: Tables = { kind: 'stage 2', index: 0, tables: vm.stage2, prefix: 0n };
    const [broken] = vm.stage2.break(ipa, 3);
    this.#m.log.push(`  IPA ${hex(ipa)}`);
    const contexts = this.#cds(vm, vm.contexts, 'CD');
    this.#m.invalidate([...contexts, ...this.#needsOf(vm, of, broken!)]);
    const pa = heap.allocate(bytes);
    memory.writeBytes(pa, memory.readBytes(vm.toPa(ipa), Number(bytes))!);
    const old = vm.reach(ipa, pa)!;
    memory.fill(old, Number(bytes), 0xff);
    heap.free(old, bytes);
  }

  #cds(vm: Vm, contexts: readonly Context[], kind: 'CD' | 'L1CD'): Need[] {
    const streams = this.#m.streamsOf(vm).filter(({ stage2Only }) => !stage2Only);
    return streams.flatMap(({ sid }) => contexts.map(({ ssid }): Need => ({ kind, sid, ssid })));
  }

  /** A CD made invalid or valid, of another ASID that is in use, or with other faults. */
  #context(vm: Vm): void {
    const context = pick(this.#random, vm.contexts);
    const random = this.#random;
    context.valid = chance(random, 92);
    context.space = pick(random, vm.spaces);
    context.fields = { A: chance(random, 70), R: chance(random, 70) };
    this.#m.log.push(`  SubstreamID ${context.ssid}`);
    vm.writeContext(context);
    this.#m.invalidate([...this.#cds(vm, [context], 'CD'), ...this.#atcs(vm, [context], 0n, EVERYTHING)]);
  }

  #rewrite(vm: Vm, contexts: readonly Context[], needs: readonly Need[]): void {
    for (const context of contexts) vm.writeContext(context);
    this.#m.invalidate([...this.#cds(vm, contexts, 'CD'), ...needs, ...this.#atcs(vm, contexts, 0n, EVERYTHING)]);
  }

  #withSpace(vm: Vm, space: AddressSpace): readonly Context[] {
    return vm.contexts.filter((context) => context.space === space);
  }

  /** TTB0 or ASET under an ASID that stays. */
  #space(vm: Vm): void {
    const space = pick(this.#random, vm.spaces);
    space.tables = this.#random(vm.lower.length);
    if (vm.shape.world !== 'EL2') space.aset = this.#random(2);
    this.#m.log.push(`  ASID ${space.asid}: tables ${space.tables}, ASET ${space.aset}`);
    this.#rewrite(vm, this.#withSpace(vm, space), [{ kind: 'ASID', tag: vm.tag, asid: space.asid }]);
  }

  /** Another ASID: the old one's entries stay until it is used again, or go now. */
  #asid(vm: Vm): void {
    if (vm.shape.world === 'EL2') return;
    const space = pick(this.#random, vm.spaces);
    const asid = pick(this.#random, [1n, 2n, 3n, 4n, 5n].filter((one) => vm.spaces.every((other) => other.asid !== one)));
    this.#m.log.push(`  ASID ${space.asid} becomes ${asid}`);
    const retired = space.asid;
    space.asid = asid;
    const needs: Need[] = vm.oldAsids.delete(asid) ? [{ kind: 'ASID', tag: vm.tag, asid }] : [];
    if (chance(this.#random, 50)) vm.oldAsids.add(retired);
    else needs.push({ kind: 'ASID', tag: vm.tag, asid: retired });
    this.#rewrite(vm, this.#withSpace(vm, space), needs);
  }

  /** MAIR, WXN and others of all CDs of an ASET: its global entries have them too. */
  #globals(vm: Vm): void {
    const aset = this.#random(2);
    vm.upper[aset]!.fields = vm.randomFields(this.#random);
    const contexts = vm.contexts.filter(({ space }) => space.aset === aset);
    this.#rewrite(vm, contexts, [{ kind: 'stage 1', tag: vm.tag }]);
  }

  #ste(vm: Vm): void {
    const random = this.#random;
    const stream = pick(random, this.#m.streamsOf(vm));
    const config = chance(random, 10) ? { Config: 0 } : chance(random, 10) ? { Config: 4 } : vm.stage2 !== null && chance(random, 15) ? { Config: 6, ...(this.#m.split ? { EATS: 0 } : {}) } : {};
    stream.fields = { V: chance(random, 95), S1DSS: pick(random, [0, 1, 2, 2, 2, 2]), S2R: chance(random, 70), PRIVCFG: [0, 0, 2, 3][random(4)]!, INSTCFG: [0, 0, 2, 3][random(4)]!, ...config };
    this.#m.log.push(`  StreamID ${stream.sid}`);
    this.#m.writeSte(stream);
    this.#m.invalidate([{ kind: 'STE', sid: stream.sid }, ...this.#everyAtc(vm)]);
  }

  #stes(vm: Vm, needs: readonly Need[]): void {
    const streams = this.#m.streamsOf(vm);
    for (const stream of streams) this.#m.writeSte(stream);
    this.#m.invalidate([...streams.map(({ sid }: Stream): Need => ({ kind: 'STE', sid })), ...needs, ...this.#everyAtc(vm)]);
  }

  /** Another VMID; entries of the old one stay until it is used again, or go now. */
  #vmid(vm: Vm): void {
    const { vms, oldVmids } = this.#m;
    if (vm.shape.world !== 'EL1') return;
    const vmid = pick(this.#random, [0x10n, 0x20n, 0x30n, 0x50n, 0x60n].filter((one) => vms.every(({ tag }) => tag.vmid !== one)));
    const retired = vm.tag;
    vm.tag = { ...retired, vmid };
    this.#m.log.push(`  becomes ${vmid}`);
    const needs: Need[] = oldVmids.delete(vmid) ? [{ kind: 'VMID', tag: vm.tag }] : [];
    if (chance(this.#random, 50)) oldVmids.add(retired.vmid);
    else needs.push({ kind: 'VMID', tag: retired });
    // Entries of retired ASIDs are of the retired VMID.
    vm.oldAsids.clear();
    this.#stes(vm, needs);
  }

  /** S2TTB: another root table with the same tables below, but for one that is unmapped there. */
  #stage2Root(vm: Vm): void {
    if (vm.stage2 === null) return;
    // DATA may lose what is there; the guest's structures stay reachable.
    vm.stage2 = vm.stage2.copyRoot((end) => end > STRUCTURES || chance(this.#random, 50));
    this.#stes(vm, [{ kind: 'VMID', tag: vm.tag }]);
  }

  #cdLeaf(vm: Vm): void {
    if (!vm.hasLeaves) return;
    const context = pick(this.#random, vm.contexts);
    const { within, free } = vm.moveLeaf(context);
    this.#m.invalidate(this.#cds(vm, within, 'L1CD'));
    free();
  }

  #cdTable(vm: Vm): void {
    const free = vm.moveTable();
    this.#stes(vm, []);
    free();
  }

  #level2(vm: Vm): void {
    const { within, free } = this.#m.moveLevel2(pick(this.#random, this.#m.streamsOf(vm)));
    this.#m.invalidate(within.map(({ sid }): Need => ({ kind: 'L1STD', sid })));
    free();
  }

  #level1(): void {
    this.#m.moveLevel1();
    this.#m.invalidate([{ kind: 'every configuration' }]);
  }

  /** Commands that nothing asked for. */
  #superfluous(vm: Vm): void {
    const of = this.#tablesOf(vm);
    const from = this.#address(vm, of);
    const region = { leaf: chance(this.#random, 50), level: 3, from, size: 1n << BigInt(of.tables.granule), addresses: [from], global: false };
    this.#m.invalidate(this.#needsOf(vm, of, region).slice(0, 1));
  }
}
