/**
 * A second translation, slow and plain, written from the architecture alone: nothing of the engine is imported, only the
 * places of fields in STE, CD and L1CD. Every address is one bigint, every walk starts anew, nothing is cached. Linear
 * stream tables, terminate-only, little-endian; of the rules of STE and CD only V is asked.
 */
import { CD, decode, L1CD, STE } from '../../src/model/spec/index.ts';
import type { FieldValue } from '../../src/model/spec/index.ts';

export interface Access {
  readonly sid: number;
  readonly ssid?: number;
  readonly iova: bigint;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
}

/** What the answers depend on beside STE, CD and tables. */
export interface World {
  /** Little-endian; null outside memory. */
  read64(pa: bigint): bigint | null;
  /** Hardware update of a leaf (3.13). */
  update(pa: bigint, word: bigint): void;
  readonly streamTable: bigint;
  readonly oas: number;
  readonly xnx: boolean;
  readonly had: boolean;
  readonly fwb: boolean;
  /** IDR1.ATTR_PERMS_OVR, IDR0.TERM_MODEL, CR2.E2H. */
  readonly overrides: boolean;
  readonly termModel: boolean;
  readonly e2h: boolean;
}

export interface Answer {
  readonly status: 'success' | 'bypass' | 'fault' | 'abort';
  readonly response: 'ok' | 'abort' | 'raz-wi';
  readonly rule: string;
  readonly pa: bigint | null;
  /** Bytes that both leaves map alike. */
  readonly size: bigint | null;
  /** Every field that is not 0 of the record; null: none is made. */
  readonly event: Readonly<Record<string, FieldValue | string>> | null;
}

type Fields = Record<string, FieldValue>;
/** Fields of a record, and its `name`. */
type Event = Record<string, FieldValue | string>;
type Purpose = 'CD' | 'TT' | 'IN';
const CLASS = { CD: 0, TT: 1, IN: 2 } as const;

class Terminated {
  readonly rule: string;
  readonly event: Event;
  readonly recorded: boolean;
  readonly response: 'abort' | 'raz-wi';
  constructor(rule: string, event: Event, recorded: boolean, response: 'abort' | 'raz-wi' = 'abort') {
    this.rule = rule;
    this.event = event;
    this.recorded = recorded;
    this.response = response;
  }
}

interface Leaf {
  readonly out: bigint;
  readonly size: bigint;
  readonly word: bigint;
  /** Where `word` is: its PA, and its IPA or PA as the walk named it. */
  readonly at: bigint;
  readonly named: bigint;
  /** Table descriptors passed on the way. */
  readonly tables: readonly bigint[];
}

const SIZES = [32, 36, 40, 42, 44, 48, 52, 52] as const;
const bit = (word: bigint, n: number): boolean => ((word >> BigInt(n)) & 1n) === 1n;
const bits = (word: bigint, hi: number, lo: number): bigint => (word >> BigInt(lo)) & ((1n << BigInt(hi - lo + 1)) - 1n);
const alignDown = (value: bigint, log2: number): bigint => (value >> BigInt(log2)) << BigInt(log2);

class Walk {
  readonly #w: World;
  readonly #a: Access;
  #ste: Fields = {};
  #cd: Fields = {};
  /** The client after STE overrides. */
  #privileged: boolean;
  #instruction: boolean;

  constructor(world: World, access: Access) {
    this.#w = world;
    this.#a = access;
    this.#privileged = access.privileged;
    this.#instruction = access.access === 'execute';
  }

  run(): Answer {
    try {
      return this.#translate();
    } catch (end) {
      if (!(end instanceof Terminated)) throw end;
      return { status: 'fault', response: end.response, rule: end.rule, pa: null, size: null, event: end.recorded ? end.event : null };
    }
  }

  #translate(): Answer {
    const { iova, ssid } = this.#a;
    this.#ste = this.#structure(STE, this.#w.streamTable + BigInt(this.#a.sid) * 64n);
    if (this.#ste['V'] === false) throw new Terminated('ste.v', { name: 'C_BAD_STE', ...this.#stream() }, true);
    const config = this.#ste['Config'] as number;
    if (config < 4) return { status: 'abort', response: 'abort', rule: 'ste.abort', pa: null, size: null, event: null };
    this.#override();
    const index = this.#substream(config, ssid);
    if (index !== null) this.#fetchCd(config, index);
    if (this.#cd['V'] === false) throw new Terminated('cd.v', { name: 'C_BAD_CD', ...this.#stream() }, true);
    if (config === 4 || (config === 5 && index === null)) {
      if (iova >> BigInt(this.#w.oas) !== 0n) this.#bypassSize(config === 4 ? 'bypass.oas' : 's1bypass.ias');
      return { status: 'bypass', response: 'ok', rule: 'ok.bypass', pa: iova, size: null, event: null };
    }
    let out = iova;
    let size = 1n << 64n;
    if (index !== null) ({ out, size } = this.#stage1());
    else if (iova >> BigInt(this.#w.oas) !== 0n) this.#bypassSize('s1bypass.ias');
    if (config >= 6) {
      const leaf = this.#stage2(out, 'IN');
      out = leaf.out;
      if (leaf.size < size) ({ size } = leaf);
    }
    return { status: 'success', response: 'ok', rule: 'ok.translated', pa: out, size, event: null };
  }

  /** 5.2 PRIVCFG, INSTCFG. */
  #override(): void {
    if (!this.#w.overrides) return;
    const { PRIVCFG, INSTCFG } = this.#ste;
    if (PRIVCFG === 2) this.#privileged = false;
    if (PRIVCFG === 3) this.#privileged = true;
    if (this.#a.access === 'write') return;
    if (INSTCFG === 2) this.#instruction = false;
    if (INSTCFG === 3) this.#instruction = true;
  }

  /** Which CD; null: stage 1 is bypassed. */
  #substream(config: number, ssid: number | undefined): number | null {
    const bad = (rule: string): never => {
      throw new Terminated(rule, { name: 'C_BAD_SUBSTREAMID', StreamID: this.#a.sid, SubstreamID: ssid ?? 0 }, true);
    };
    const disabled = (rule: string): never => {
      throw new Terminated(rule, { name: 'F_STREAM_DISABLED', StreamID: this.#a.sid }, true);
    };
    if (config === 4 || config === 6) return ssid === undefined ? null : bad('ssid.bypass');
    const max = this.#ste['S1CDMax'] as number;
    if (max === 0) return ssid === undefined ? 0 : bad('ssid.single');
    if (ssid !== undefined && ssid >= 2 ** max) return bad('ssid.range');
    switch (this.#ste['S1DSS']) {
      case 1:
        return ssid ?? null;
      case 2:
        return ssid === 0 ? disabled('ssid.dss-zero') : (ssid ?? 0);
      default:
        return ssid ?? disabled('ssid.dss-terminate');
    }
  }

  #fetchCd(config: number, index: number): void {
    const max = this.#ste['S1CDMax'] as number;
    const format = max === 0 ? 0 : (this.#ste['S1Fmt'] as number);
    const pointer = this.#ste['S1ContextPtr'] as bigint;
    const toPa = (address: bigint): bigint => (config === 7 ? this.#stage2(address, 'CD').out : address);
    if (format === 0 || format === 3) {
      this.#cd = this.#structure(CD, toPa(alignDown(pointer, max + 6) + BigInt(index) * 64n));
      return;
    }
    const leaf = format === 1 ? 6 : 10;
    const l1 = this.#structure(L1CD, toPa(pointer + BigInt(max <= leaf ? 0 : index >> leaf) * 8n));
    const bad = { name: 'C_BAD_SUBSTREAMID', StreamID: this.#a.sid, SubstreamID: this.#a.ssid ?? 0 };
    if (l1['V'] === false) throw new Terminated('l1cd.invalid', bad, true);
    const l2 = alignDown(l1['L2Ptr'] as bigint, format === 1 ? 12 : 16);
    if (l2 >> BigInt(this.#w.oas) !== 0n) throw new Terminated('l1cd.range', bad, true);
    this.#cd = this.#structure(CD, toPa(l2 + BigInt(index & ((1 << leaf) - 1)) * 64n));
  }

  /** A structure at a PA, decoded; an abort there is the one of its kind. */
  #structure(record: typeof STE | typeof CD | typeof L1CD, pa: bigint): Fields {
    const words = new Uint32Array(record.bytes / 4);
    for (let i = 0; i < record.bytes / 8; i++) {
      const word = this.#w.read64(pa + BigInt(i) * 8n);
      if (word === null) {
        const ste = record === STE;
        throw new Terminated(
          ste ? 'ste.fetch' : 'cd.fetch',
          { name: ste ? 'F_STE_FETCH' : 'F_CD_FETCH', ...this.#stream(), FetchAddr: pa },
          true,
        );
      }
      words[i * 2] = Number(word & 0xffff_ffffn);
      words[i * 2 + 1] = Number(word >> 32n);
    }
    return decode(record, words, 0);
  }

  #stream(): Fields {
    const { sid, ssid } = this.#a;
    return { StreamID: sid, SSV: ssid !== undefined, SubstreamID: ssid ?? 0 };
  }

  #client(): Fields {
    return { ...this.#stream(), PnU: this.#privileged, InD: this.#instruction, RnW: this.#a.access !== 'write', InputAddr: this.#a.iova };
  }

  /** 3.4: always an event, always an abort. */
  #bypassSize(rule: string): never {
    throw new Terminated(rule, { name: 'F_ADDR_SIZE', ...this.#client(), S2: false, Class: CLASS.IN }, true);
  }

  /** 5.5: CD.A, CD.R. */
  #fault1(name: string, rule: string): never {
    const raz = this.#cd['A'] === false && !this.#w.termModel;
    throw new Terminated(rule, { name, ...this.#client(), S2: false, Class: CLASS.IN }, this.#cd['R'] === true, raz ? 'raz-wi' : 'abort');
  }

  /** 5.5: STE.S2R. */
  #fault2(name: string, rule: string, purpose: Purpose, ipa: bigint): never {
    const reads = name === 'F_PERMISSION' && purpose === 'TT' ? { TTRnW: rule !== 's2.permission-update' } : {};
    throw new Terminated(
      rule,
      { name, ...this.#client(), S2: true, Class: CLASS[purpose], IPA: alignDown(ipa, 12), ...reads },
      this.#ste['S2R'] === true,
    );
  }

  #walkAbort(stage: number, purpose: Purpose, pa: bigint): never {
    const where = { S2: stage === 2, Class: stage === 1 ? CLASS.TT : CLASS[purpose], FetchAddr: pa };
    throw new Terminated(`s${stage}.walk-abort`, { name: 'F_WALK_EABT', ...this.#client(), ...where }, true);
  }

  /**
   * One stage's table walk. `toPa` is what stands between a table's address and memory; `fault` ends the walk.
   * `first` and `width`: the start level and how many address bits index its table.
   */
  #tables(
    stage: 1 | 2,
    input: bigint,
    base: bigint,
    granule: number,
    first: number,
    width: number,
    outputBits: number,
    toPa: (a: bigint) => bigint,
    purpose: Purpose,
    fault: (name: string, rule: string) => never,
  ): Leaf {
    const stride = granule - 3;
    const tables: bigint[] = [];
    const minimum = outputBits === 52 ? 6 : 0;
    let table = alignDown(base, Math.max(width + 3, minimum));
    for (let level = first; ; level++) {
      const shift = granule + stride * (3 - level);
      const index = bits(input, shift + (level === first ? width : stride) - 1, shift);
      const pa = toPa(table + index * 8n);
      const word = this.#w.read64(pa);
      if (word === null) return this.#walkAbort(stage, purpose, pa);
      if (!bit(word, 0)) return fault('F_TRANSLATION', `s${stage}.invalid`);
      const block = level === 2 || (level === 1 && (granule === 12 || (granule === 16 && this.#w.oas === 52)));
      if (level === 3 ? !bit(word, 1) : !bit(word, 1) && !block) return fault('F_TRANSLATION', `s${stage}.reserved`);
      let address = bits(word, 47, granule) << BigInt(granule);
      if (granule === 16 && this.#w.oas === 52) address |= bits(word, 15, 12) << 48n;
      if (level < 3 && bit(word, 1)) {
        if (address >> BigInt(outputBits) !== 0n) return fault('F_ADDR_SIZE', `s${stage}.table-size`);
        tables.push(word);
        table = address;
        continue;
      }
      const out = alignDown(address, shift) | (input & ((1n << BigInt(shift)) - 1n));
      if (out >> BigInt(outputBits) !== 0n) return fault('F_ADDR_SIZE', `s${stage}.output-size`);
      return { out, size: 1n << BigInt(shift), word, tables, at: pa, named: table + index * 8n };
    }
  }

  #stage1(): { out: bigint; size: bigint } {
    const cd = this.#cd;
    const va = this.#a.iova;
    const el2 = this.#ste['Config'] === 5 && this.#ste['STRW'] === 2 && !this.#w.e2h;
    const upper = !el2 && bit(va, 55);
    const half = upper ? '1' : '0';
    const fault = (name: string, rule: string): never => this.#fault1(name, rule);
    if (!el2 && cd[`EPD${half}`] === true) return fault('F_TRANSLATION', 's1.epd');
    const size = 64 - (cd[`T${half}SZ`] as number);
    const top = cd[`TBI${half}`] === true ? 55 : 63;
    const above = bits(va, top, size);
    if (above !== (upper ? (1n << BigInt(top - size + 1)) - 1n : 0n)) return fault('F_TRANSLATION', 's1.input-range');
    const code = cd[`TG${half}`] as number;
    const granule = (upper ? [0, 14, 12, 16] : [12, 16, 14, 0])[code]!;
    let first = 3;
    while (granule + (granule - 3) * (4 - first) < size) first--;
    const width = size - (granule + (granule - 3) * (3 - first));
    const outputBits = Math.min(SIZES[cd['IPS'] as number]!, this.#w.oas);
    const nested = this.#ste['Config'] === 7;
    const toPa = (address: bigint): bigint => (nested ? this.#stage2(address, 'TT').out : address);
    const leaf = this.#tables(1, va, cd[`TTB${half}`] as bigint, granule, first, width, outputBits, toPa, 'TT', fault);
    const ha = cd['HA'] === true;
    const had = this.#w.had && cd[`HAD${half}`] === true;
    if (!bit(leaf.word, 10) && !ha && cd['AFFD'] !== true) return fault('F_ACCESS', 's1.access-flag');
    const readOnly = !had && leaf.tables.some((table) => bit(table, 62));
    const clean = ha && cd['HD'] === true && bit(leaf.word, 51) && bit(leaf.word, 7) && !readOnly;
    this.#permit1(clean ? { ...leaf, word: leaf.word & ~0x80n } : leaf, el2, had);
    const dirty = clean && this.#a.access === 'write';
    if ((ha && !bit(leaf.word, 10)) || dirty) {
      if (nested) this.#stage2(leaf.named, 'TT', true);
      this.#w.update(leaf.at, (this.#w.read64(leaf.at)! | 0x400n) & ~(dirty ? 0x80n : 0n));
    }
    return leaf;
  }

  /** The tables of 4.4: what each of the four kinds of access may do, then the one at hand. */
  #permit1({ word, tables }: Leaf, el2: boolean, had: boolean): void {
    const any = (n: number): boolean => !had && tables.some((table) => bit(table, n));
    const ap1 = bit(word, 6);
    const writable = !bit(word, 7) && !any(62);
    const forUser = el2 || (ap1 && !any(61));
    const wxn = this.#cd['WXN'] === true;
    const write = this.#a.access === 'write';
    const refuse = (): never => this.#fault1('F_PERMISSION', `s1.permission-${write ? 'write' : this.#instruction ? 'execute' : 'read'}`);
    const uxn = bit(word, 54) || any(60);
    const pxn = bit(word, 53) || any(59);
    if (this.#instruction) {
      const allowed = el2
        ? !uxn && !(wxn && writable)
        : this.#privileged
          ? !pxn && !(forUser && writable) && !(wxn && writable)
          : !uxn && !(wxn && forUser && writable);
      return allowed ? undefined : refuse();
    }
    if (!el2 && this.#privileged && this.#cd['PAN'] === true && forUser) return this.#fault1('F_PERMISSION', 's1.pan');
    if (!this.#privileged && !forUser) return refuse();
    if (write && !writable) return refuse();
  }

  /** `update`: the stage 1 descriptor there is about to be written. */
  #stage2(ipa: bigint, purpose: Purpose, update = false): Leaf {
    const ste = this.#ste;
    const fault = (name: string, rule: string): never => this.#fault2(name, rule, purpose, ipa);
    const size = 64 - (ste['S2T0SZ'] as number);
    if (ipa >> BigInt(size) !== 0n) return fault('F_TRANSLATION', 's2.input-range');
    const granule = [12, 16, 14][ste['S2TG'] as number]!;
    const sl0 = ste['S2SL0'] as number;
    const first = granule === 12 ? [2, 1, 0, 3][sl0]! : 3 - sl0;
    const width = size - (granule + (granule - 3) * (3 - first));
    const outputBits = Math.min(SIZES[ste['S2PS'] as number]!, this.#w.oas);
    const leaf = this.#tables(2, ipa, ste['S2TTB'] as bigint, granule, first, width, outputBits, (address) => address, purpose, fault);
    const ha = ste['S2HA'] === true;
    if (!bit(leaf.word, 10) && !ha && ste['S2AFFD'] !== true) return fault('F_ACCESS', 's2.access-flag');
    const clean = ha && ste['S2HD'] === true && bit(leaf.word, 51) && !bit(leaf.word, 7);
    const word = clean ? leaf.word | 0x80n : leaf.word;
    if (purpose === 'IN') this.#permit2(word, ipa);
    else {
      if (!bit(leaf.word, 6)) return fault('F_PERMISSION', 's2.permission-read');
      const device = this.#w.fwb && ste['S2FWB'] === true ? !bit(leaf.word, 4) : bits(leaf.word, 5, 4) === 0n;
      if (ste['S2PTW'] === true && device) return fault('F_PERMISSION', 's2.ptw-device');
      if (update && !bit(word, 7)) return fault('F_PERMISSION', 's2.permission-update');
    }
    const dirty = clean && (update || (purpose === 'IN' && this.#a.access === 'write'));
    if ((ha && !bit(leaf.word, 10)) || dirty) this.#w.update(leaf.at, this.#w.read64(leaf.at)! | 0x400n | (dirty ? 0x80n : 0n));
    return leaf;
  }

  #permit2(word: bigint, ipa: bigint): void {
    const xn = bits(word, 54, 53);
    const execute = !this.#w.xnx ? !bit(word, 54) : xn === 0n || xn === (this.#privileged ? 3n : 1n);
    const [allowed, kind] = this.#instruction
      ? [execute, 'execute']
      : this.#a.access === 'write'
        ? [bit(word, 7), 'write']
        : [bit(word, 6), 'read'];
    if (!allowed) this.#fault2('F_PERMISSION', `s2.permission-${kind}`, 'IN', ipa);
  }
}

/** What the architecture answers to one access. */
export const oracle = (world: World, access: Access): Answer => new Walk(world, access).run();
