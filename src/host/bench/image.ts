import { hiWord, loWord } from '../../model/base/address.ts';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { PRESETS } from '../../model/spec/index.ts';
import { Smmu } from '../../model/smmu/smmu.ts';
import type { CacheOptions } from '../../model/smmu/options.ts';

/**
 * The machine that `bench` measures: nested, 4 KiB tables, four levels at both stages, 1,024 pages whose IPAs and PAs are
 * shuffled, and 65,536 streams with an STE and a CD each that share the tables. It lies in one image that the C version
 * reads too.
 */
export const PAGES = 1024;
export const STREAMS = 65_536;
export const BASE = 0x4000_0000n;
export const BYTES = 64n << 20n;
export const IOVA = 0x0000_7654_3200_0000n;

const STREAM_TABLE = BASE;
const CDS = BASE + (8n << 20n);
const S2_ROOT = BASE + (16n << 20n);
const S1_ROOT = BASE + (20n << 20n);
const DATA = BASE + (32n << 20n);
/** The guest's memory: an IPA is its PA plus this, so that no IPA equals its PA. */
const IPA_OFFSET = 0x20_0000_0000n;
const TABLE = 3n;
const S1_PAGE = 0xf43n;
const S2_PAGE = 0x7ffn;
const VMID = 1n;

/** Numbers from 0 to count - 1 in an order that is the same every time. */
function shuffled(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  let state = seed;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

class Tables {
  readonly #memory: PhysicalMemory;
  readonly #root: bigint;
  #next: bigint;
  /** What a table at PA is called in the descriptor that points at it. */
  readonly #pointer: (pa: bigint) => bigint;

  constructor(memory: PhysicalMemory, root: bigint, pointer: (pa: bigint) => bigint) {
    this.#memory = memory;
    this.#root = root;
    this.#next = root + 0x1000n;
    this.#pointer = pointer;
  }

  /** Maps the 4 KiB page that holds `input` with the leaf descriptor given, making tables as needed. */
  map(input: bigint, leaf: bigint): void {
    let table = this.#root;
    for (const shift of [39n, 30n, 21n]) {
      const at = table + ((input >> shift) & 511n) * 8n;
      const entry = this.#memory.read64(at) ?? 0n;
      if (entry === 0n) {
        this.#memory.write64(at, this.#pointer(this.#next) | TABLE);
        table = this.#next;
        this.#next += 0x1000n;
      } else {
        table = (entry & 0xffff_ffff_f000n) - (this.#pointer(0n) & 0xffff_ffff_f000n);
      }
    }
    this.#memory.write64(table + ((input >> 12n) & 511n) * 8n, leaf);
  }

  get end(): bigint {
    return this.#next;
  }
}

export function buildImage(): PhysicalMemory {
  const memory = new PhysicalMemory([{ base: BASE, size: BYTES }]);
  const stage2 = new Tables(memory, S2_ROOT, (pa) => pa);
  const stage1 = new Tables(memory, S1_ROOT, (pa) => pa + IPA_OFFSET);
  const ipas = shuffled(PAGES, 1);
  const pas = shuffled(PAGES, 2);
  for (let i = 0; i < PAGES; i++) {
    const ipa = DATA + IPA_OFFSET + BigInt(ipas[i]!) * 4096n;
    stage1.map(IOVA + BigInt(i) * 4096n, ipa | S1_PAGE);
    stage2.map(ipa, (DATA + BigInt(pas[i]!) * 4096n) | S2_PAGE);
  }
  for (let pa = S1_ROOT; pa < stage1.end; pa += 4096n) stage2.map(pa + IPA_OFFSET, pa | S2_PAGE);
  for (let pa = CDS; pa < CDS + BigInt(STREAMS) * 64n; pa += 4096n) stage2.map(pa + IPA_OFFSET, pa | S2_PAGE);
  writeStreams(memory);
  return memory;
}

function writeStreams(memory: PhysicalMemory): void {
  // STE: nested, S2T0SZ 20, SL0 2 (level 0), 4 KiB, S2PS 44 bits, S2AA64, S2R. CD: T0SZ 16, EPD1, IPS 44 bits, AA64, R, A.
  const s2 = VMID | (20n << 32n) | (2n << 38n) | (4n << 48n) | (1n << 51n) | (1n << 58n);
  const cd = 16n | (1n << 30n) | (1n << 31n) | (4n << 32n) | (1n << 41n) | (3n << 45n) | (5n << 48n);
  for (let sid = 0n; sid < BigInt(STREAMS); sid++) {
    const ste = STREAM_TABLE + sid * 64n;
    const at = CDS + sid * 64n;
    memory.write64(ste, 0xfn | (at + IPA_OFFSET));
    memory.write64(ste + 16n, s2);
    memory.write64(ste + 24n, S2_ROOT);
    memory.write64(at, cd);
    memory.write64(at + 8n, S1_ROOT + IPA_OFFSET);
    memory.write64(at + 24n, 0xffn);
  }
}

/** An SMMU over the image, enabled, with these caches. */
export function machine(memory: PhysicalMemory, caches: CacheOptions): Smmu {
  const smmu = new Smmu({ id: PRESETS['qemu-11'].id, memory, caches });
  smmu.write64(0x80, STREAM_TABLE);
  smmu.write32(0x88, 16);
  smmu.write32(0x20, 1);
  return smmu;
}

/** Requests as the batch takes them: reads of random pages, from `streams` streams in turn in random order. */
export function requests(count: number, streams: number): Int32Array {
  const words = new Int32Array(count * 4);
  const pages = shuffled(PAGES, 3);
  const order = shuffled(streams, 4);
  for (let i = 0; i < count; i++) {
    const iova = IOVA + BigInt(pages[i % PAGES]! * 4096 + ((i * 8) & 0xff8));
    words.set([order[i % streams]!, 1, loWord(iova), hiWord(iova)], i * 4);
  }
  return words;
}
