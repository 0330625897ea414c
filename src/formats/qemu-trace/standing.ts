/** Which translations of QEMU's trace of its SMMUv3 (`-trace 'smmu*'`) still stand at its end: made, and not invalidated since. */
import type { KnownTranslation } from '../capture/known-answers.ts';

/** By what QEMU's TLB knows the translations of a stream. */
export interface StreamTags {
  readonly asid: number;
  readonly vmid: number;
}

export interface Standing {
  readonly translations: readonly KnownTranslation[];
  /** Translations that the trace tells of. */
  readonly seen: number;
}

/** From `from` on `size` bytes are alike. */
interface Entry extends StreamTags {
  readonly from: bigint;
  readonly size: bigint;
}

interface Made extends Entry {
  readonly sid: number;
  /** `1`, `2`, `3` for both, or `bypass`. */
  readonly stage: string;
  readonly iova: bigint;
  readonly pa: bigint;
  readonly rights: number;
}

const EVENT = /\bsmmu(?:v3)?_(translate_success|translate_bypass|iotlb_insert|(?:s1_)?range_inval|reset_exit|cmdq_(?:tlbi_nh_asid|tlbi_nh|tlbi_nsnh|tlbi_s12_vmid|cfgi_ste_range|cfgi_ste|cfgi_cd))\b.*$/;
const SUCCESS = /sid=(0x[0-9a-f]+) iova=(0x[0-9a-f]+) translated=(0x[0-9a-f]+) perm=(0x[0-9a-f]+)(?: stage=(\d))?/;
const BYPASS = /sid=(0x[0-9a-f]+).* iova:(0x[0-9a-f]+)/;
const INSERT = /asid=(-?\d+) vmid=(-?\d+) addr=(0x[0-9a-f]+) tg=(\d) level=(\d)/;
const RANGE = /vmid=(-?\d+) asid=(-?\d+) addr=(0x[0-9a-f]+) tg=(\d) num_pages=(0x[0-9a-f]+)/;
const ASID = /asid=(\d+)/;
const STREAM = /streamid=\s*(0x[0-9a-f]+)/;
const STREAMS = /start=(0x[0-9a-f]+) - end=(0x[0-9a-f]+)/;

const PAGE = 4096n;
const RIGHTS: Readonly<Record<number, KnownTranslation['perm']>> = { 1: 'ro', 2: 'wo', 3: 'rw' };
const READ_AND_WRITE = 3;
/** The ASID that QEMU gives to what stage 2 alone translates. */
export const STAGE_2_ALONE = -1;

/** TG of commands and of the TLB: 1 is 4 KiB, 2 is 16, 3 is 64. */
const granuleBits = (tg: number): number => 10 + 2 * tg;
const sizeOf = (tg: number, level: number): bigint => 1n << BigInt(granuleBits(tg) + (granuleBits(tg) - 3) * (3 - level));

/**
 * Follows a trace line by line. `tagsOf` says how the TLB tells a stream's translations from others; null: it is no stream any more. A translation that
 * the trace shows without its TLB entry (a trace that began later) is left out, as its page size is not known.
 */
export class TraceFollower {
  /** The last translation of each page of a stream. */
  readonly #made = new Map<string, Made>();
  /** What was put into the TLB, whether QEMU still has it there or not: pages have no size in the line of a translation. */
  readonly #entries = new Map<string, Entry>();
  readonly #sizes = new Set<bigint>();
  readonly #tagsOf: (sid: number) => StreamTags | null;
  #seen = 0;

  constructor(tagsOf: (sid: number) => StreamTags | null) {
    this.#tagsOf = tagsOf;
  }

  line(text: string): void {
    const match = EVENT.exec(text);
    if (match === null) return;
    const [event, name] = [match[0], match[1]!];
    if (name === 'translate_success') this.#success(event);
    else if (name === 'translate_bypass') this.#bypass(event);
    else if (name === 'iotlb_insert') this.#insert(event);
    else if (name.endsWith('range_inval')) this.#range(event);
    else if (name.startsWith('cmdq_cfgi')) this.#configuration(event);
    else this.#whole(name, event);
  }

  #success(event: string): void {
    this.#seen++;
    const match = SUCCESS.exec(event);
    const sid = Number(match?.[1]);
    const tags = match === null ? null : this.#tagsOf(sid);
    if (match === null || tags === null) return;
    const iova = BigInt(match[2]!);
    const entry = this.#entryAt(tags, iova);
    if (entry !== null) this.#add({ ...entry, sid, stage: match[5] ?? '1', iova, pa: BigInt(match[3]!), rights: Number(match[4]) });
  }

  #bypass(event: string): void {
    this.#seen++;
    const match = BYPASS.exec(event);
    if (match === null) return;
    const iova = BigInt(match[2]!);
    this.#add({ asid: 0, vmid: 0, from: iova, size: PAGE, sid: Number(match[1]), stage: 'bypass', iova, pa: iova, rights: READ_AND_WRITE });
  }

  #add(made: Made): void {
    this.#made.set(`${made.sid}:${made.iova / PAGE}`, made);
  }

  #insert(event: string): void {
    const match = INSERT.exec(event);
    if (match === null) return;
    const [asid, vmid, size] = [Number(match[1]), Number(match[2]), sizeOf(Number(match[4]), Number(match[5]))];
    const from = BigInt(match[3]!) & -size;
    this.#sizes.add(size);
    this.#entries.set(`${asid}:${vmid}:${size}:${from}`, { asid, vmid, from, size });
  }

  #entryAt({ asid, vmid }: StreamTags, iova: bigint): Entry | null {
    for (const size of this.#sizes) {
      const entry = this.#entries.get(`${asid}:${vmid}:${size}:${iova & -size}`);
      if (entry !== undefined) return entry;
    }
    return null;
  }

  #forget(which: (entry: Entry) => boolean): void {
    for (const [key, entry] of this.#entries) if (which(entry)) this.#entries.delete(key);
    for (const [key, made] of this.#made) if (which(made) && made.stage !== 'bypass') this.#made.delete(key);
  }

  #range(event: string): void {
    const match = RANGE.exec(event);
    if (match === null) return this.#forget(() => true);
    const [vmid, asid, tg] = [Number(match[1]), Number(match[2]), Number(match[4])];
    const from = BigInt(match[3]!);
    const end = from + (BigInt(match[5]!) << BigInt(granuleBits(tg)));
    // Without a granule the address alone says which leaf is meant, which may be larger than the entry that was made of it.
    const reached = (entry: Entry): boolean => tg === 0 || (entry.from < end && entry.from + entry.size > from);
    // The address of a stage-2 command is an IPA: which IOVAs lead there, the trace does not tell.
    this.#forget((entry) => entry.vmid === vmid && (asid < 0 ? entry.asid !== STAGE_2_ALONE || reached(entry) : entry.asid === asid && reached(entry)));
  }

  /** A command for all of an ASID, or for more. */
  #whole(name: string, event: string): void {
    const asid = name === 'cmdq_tlbi_nh_asid' ? ASID.exec(event) : null;
    this.#forget((entry) => asid === null || entry.asid === Number(asid[1]));
  }

  /** What stands after the last line. */
  get standing(): Standing {
    const translations = [...this.#made.values()].flatMap((made) => known(made) ?? []);
    translations.sort((a, b) => a.sid - b.sid || (a.iova < b.iova ? -1 : 1));
    return { translations, seen: this.#seen };
  }

  #configuration(event: string): void {
    const one = STREAM.exec(event);
    const several = STREAMS.exec(event);
    const [first, last] = one === null ? [Number(several?.[1] ?? 0), Number(several?.[2] ?? Infinity)] : [Number(one[1]), Number(one[1])];
    for (const [key, { sid }] of this.#made) if (sid >= first && sid <= last) this.#made.delete(key);
  }
}

function known({ sid, stage, iova, pa, rights, size }: Made): KnownTranslation | null {
  const perm = RIGHTS[rights];
  if (perm === undefined) return null;
  return { sid, ssid: null, iova, access: perm === 'wo' ? 'write' : 'read', pa, pageSize: stage === 'bypass' ? null : Number(size), perm, ...(stage === '3' ? { s2perm: 'rw' as const } : {}), stage, source: 'qemu-trace' };
}
