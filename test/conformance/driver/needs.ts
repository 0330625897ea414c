/** What a change makes necessary (smmuv3.md 7), and the commands that fulfil it: the least ones, or any that are legal and enough. */
import type { NamedCommand } from '../../../src/model/smmu/coherence/stale-hit.ts';
import type { Broken, Granule } from './page-tables.ts';
import { chance, pick } from './random.ts';
import type { Random } from './random.ts';

/** Whose translations: a VMID, or a world of EL2, which has none. */
export interface Tag {
  readonly world: 'EL1' | 'EL2' | 'EL2-E2H';
  readonly vmid: bigint;
}

/** Part of an address space that changed. */
export type Region = Pick<Broken, 'leaf' | 'level' | 'from' | 'size' | 'addresses'> & { readonly granule: Granule };

export type Need =
  | { readonly kind: 'STE' | 'L1STD'; readonly sid: number }
  | { readonly kind: 'CD' | 'L1CD'; readonly sid: number; readonly ssid: number }
  | { readonly kind: 'every configuration' }
  /** `asid` null: whatever the ASID, or global. */
  | { readonly kind: 'VA'; readonly tag: Tag; readonly asid: bigint | null; readonly region: Region }
  | { readonly kind: 'IPA'; readonly tag: Tag; readonly region: Region }
  | { readonly kind: 'ASID'; readonly tag: Tag; readonly asid: bigint }
  /** Stage 1 of a VMID, and both stages of it. */
  | { readonly kind: 'stage 1' | 'VMID'; readonly tag: Tag }
  | { readonly kind: 'ATC'; readonly sid: number; readonly ssid: number | null; readonly from: bigint; readonly size: bigint };

export const EVERYTHING = 1n << 64n;

const command = (name: string, fields: Readonly<Record<string, bigint>> = {}): NamedCommand => ({ name, fields });
const CFGI_ALL = command('CMD_CFGI_STE_RANGE', { Range: 31n });
const log2 = (value: bigint): number => value.toString(2).length - 1;

/** Commands, widest last, so that a longer list has an alternative at every length. */
export class Commands {
  readonly #random: Random;
  /** CR0.VMW: low bits of the VMID that do not count. */
  readonly #wildcard: number;
  /** The least commands only. */
  readonly #least: boolean;

  constructor(random: Random, wildcard: number, least: boolean) {
    this.#random = random;
    this.#wildcard = wildcard;
    this.#least = least;
  }

  of(need: Need): readonly NamedCommand[] {
    switch (need.kind) {
      case 'STE':
      case 'L1STD':
        return this.#stream(BigInt(need.sid), need.kind === 'L1STD');
      case 'CD':
      case 'L1CD':
        return this.#context(BigInt(need.sid), BigInt(need.ssid), need.kind === 'L1CD');
      case 'every configuration':
        return [CFGI_ALL];
      case 'VA':
        return this.#va(need.tag, need.asid, need.region);
      case 'IPA':
        return this.#ipa(need.tag, need.region);
      case 'ASID':
        return [this.#wider(need.tag, [1, 2, 3]) ?? (need.tag.world === 'EL2' ? command('CMD_TLBI_EL2_ALL') : this.#ofAsid(need.tag, need.asid))];
      case 'stage 1':
        return [this.#wider(need.tag, [2, 3]) ?? this.#everyAsid(need.tag)];
      case 'VMID':
        return [this.#wider(need.tag, [3]) ?? command('CMD_TLBI_S12_VMALL', this.#vmid(need.tag))];
      case 'ATC':
        return this.#atc(need);
    }
  }

  #may(percent: number): boolean {
    return !this.#least && chance(this.#random, percent);
  }

  #stream(StreamID: bigint, table: boolean): NamedCommand[] {
    if (this.#may(5)) return [CFGI_ALL];
    if (this.#may(15)) return [command('CMD_CFGI_STE_RANGE', { StreamID, Range: BigInt(this.#random(8)) })];
    return [command('CMD_CFGI_STE', { StreamID, Leaf: table || this.#may(30) ? 0n : 1n })];
  }

  #context(StreamID: bigint, SubstreamID: bigint, table: boolean): NamedCommand[] {
    if (this.#may(10)) return this.#stream(StreamID, false);
    if (this.#may(15)) return [command('CMD_CFGI_CD_ALL', { StreamID })];
    return [command('CMD_CFGI_CD', { StreamID, SubstreamID, Leaf: table || this.#may(30) ? 0n : 1n })];
  }

  #vmid({ vmid }: Tag): Record<string, bigint> {
    return { VMID: vmid ^ BigInt(this.#random(1 << this.#wildcard)) };
  }

  #ofAsid(tag: Tag, ASID: bigint): NamedCommand {
    return tag.world === 'EL1' ? command('CMD_TLBI_NH_ASID', { ...this.#vmid(tag), ASID }) : command('CMD_TLBI_EL2_ASID', { ASID });
  }

  #everyAsid(tag: Tag): NamedCommand {
    return tag.world === 'EL1' ? command('CMD_TLBI_NH_ALL', this.#vmid(tag)) : command('CMD_TLBI_EL2_ALL');
  }

  /** Now and then a command that takes more: 1 a VMID's stage 1, 2 the whole VMID, 3 everything of the world. */
  #wider(tag: Tag, kinds: readonly number[]): NamedCommand | null {
    if (!this.#may(20)) return null;
    if (tag.world !== 'EL1') return command('CMD_TLBI_EL2_ALL');
    const kind = pick(this.#random, kinds);
    return kind === 1 ? this.#everyAsid(tag) : kind === 2 ? command('CMD_TLBI_S12_VMALL', this.#vmid(tag)) : command('CMD_TLBI_NSNH_ALL');
  }

  #va(tag: Tag, asid: bigint | null, region: Region): NamedCommand[] {
    const wide = this.#wider(tag, [1, 2, 3]);
    if (wide !== null) return [wide];
    if (asid !== null && tag.world !== 'EL2' && this.#may(15)) return [this.#ofAsid(tag, asid)];
    const any = asid === null || this.#may(20);
    const op = `CMD_TLBI_${tag.world === 'EL1' ? 'NH' : 'EL2'}_VA${any ? 'A' : ''}`;
    const of = { ...(tag.world === 'EL1' ? this.#vmid(tag) : {}), ...(any ? {} : { ASID: asid }) };
    return this.#byAddress(region).map((fields) => command(op, { ...of, ...fields }));
  }

  #ipa(tag: Tag, region: Region): NamedCommand[] {
    if (this.#may(10)) return [command('CMD_TLBI_S12_VMALL', this.#vmid(tag))];
    return this.#byAddress(region).map((fields) => command('CMD_TLBI_S2_IPA', { ...this.#vmid(tag), ...fields }));
  }

  /** One address after the other, or ranges (4.4.1.1). */
  #byAddress(region: Region): Record<string, bigint>[] {
    const Leaf = region.leaf && (this.#least || this.#may(70)) ? 1n : 0n;
    if (this.#may(60)) return [{ ...this.#range(region), Leaf }];
    // Any address within a leaf names it.
    const within = (address: bigint): bigint => (region.leaf && this.#may(30) ? address + 0x1000n * BigInt(this.#random(1 << (region.granule - 12))) : address);
    return region.addresses.map((address) => ({ Address: within(address), Leaf }));
  }

  #range({ from, size, granule, level, leaf }: Region): Record<string, bigint> {
    const pages = size >> BigInt(granule);
    const most = log2(pages);
    const scale = Math.max(most - this.#random(5), 0) + (chance(this.#random, 20) ? 1 : 0);
    const least = Number((pages + (1n << BigInt(scale)) - 1n) >> BigInt(scale)) - 1;
    const num = Math.min(31, least + (chance(this.#random, 30) ? this.#random(4) : 0));
    // A hint of the level is for leaves; of 16K leaves only those of levels 2 and 3 have one.
    const hint = leaf && chance(this.#random, 60) && (granule !== 14 || level > 1) ? level : 0;
    const reserved = num === 0 && scale === 0 && hint === 0;
    return { Address: from, TG: { 12: 1n, 14: 2n, 16: 3n }[granule], NUM: BigInt(reserved ? 1 : num), SCALE: BigInt(scale), TTL: BigInt(hint) };
  }

  #atc({ sid, ssid, from, size }: Extract<Need, { kind: 'ATC' }>): NamedCommand[] {
    const of = { StreamID: BigInt(sid), ...(ssid === null ? {} : { SSV: 1n, SubstreamID: BigInt(ssid) }) };
    if (size === EVERYTHING || this.#may(15)) return [command('CMD_ATC_INV', { ...of, Size: 52n, ...(ssid !== null && this.#may(30) ? { Global: 1n } : {}) })];
    // The least aligned power of two that holds the range.
    let bits = 12n;
    while (from >> bits !== (from + size - 1n) >> bits) bits++;
    return [command('CMD_ATC_INV', { ...of, Address: (from >> bits) << bits, Size: bits - 12n })];
  }
}
