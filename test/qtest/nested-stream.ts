import { programSmmu } from './smmu-client.ts';
import type { QtestClient } from './qtest-client.ts';
import { TranslationTables } from './translation-tables.ts';

/** Codes of a granule in CD.TG0 and STE.S2TG, and the geometry of a 48-bit stage 1 and a 40-bit stage 2. */
const GRANULES = {
  12: { code: 0n, s1Start: 0, s2Start: 1, s2Sl0: 1n },
  14: { code: 2n, s1Start: 0, s2Start: 1, s2Sl0: 2n },
  16: { code: 1n, s1Start: 1, s2Start: 2, s2Sl0: 1n },
} as const;
export type GranuleBits = keyof typeof GRANULES;

const S1_INPUT_BITS = 48;
const S2_INPUT_BITS = 40;

/** Physical memory of the host: stream table and queues, then stage 2 tables, then the guest's pages in no order. */
const STRTAB = 0x4100_0000n;
export const CMDQ = 0x4200_0000n;
export const EVENTQ = 0x4210_0000n;
const STAGE_2_TABLES = 0x4300_0000n;
const GUEST_PAGES = 0x4800_0000n;
const GUEST_BYTES = 0x0800_0000n;
/** Guest physical memory lies where the host has RAM too, so that an IPA taken for a PA would be written silently. */
const GUEST_IPA = 0x5000_0000n;
const LOG2_STES = 16;

/** AF, inner shareable, write-back. */
const S2_READ_WRITE = 0x7fcn;
export const S2_READ_ONLY = 0x77cn;
/** AF, inner shareable, AP 0b01 (read and write for all), nG. */
const S1_READ_WRITE = 0xf40n;
/** As that, but read-only. */
export const S1_READ_ONLY = 0xfc0n;

export interface NestedOptions {
  readonly sid: number;
  readonly s1: GranuleBits;
  readonly s2: GranuleBits;
}

/**
 * A guest with a stage 1 and a CD in its own memory, a host with a stage 2 that gives no IPA its own address: every
 * piece of the guest's memory lies somewhere else.
 */
export class NestedStream {
  readonly client: QtestClient;
  readonly #granules: NestedOptions;
  readonly #pages = new Map<bigint, bigint>();
  readonly #bytes: bigint;
  #nextIpa = GUEST_IPA;
  stage1!: TranslationTables;
  stage2!: TranslationTables;

  private constructor(client: QtestClient, options: NestedOptions) {
    this.client = client;
    this.#granules = options;
    this.#bytes = 1n << BigInt(options.s2);
  }

  /** Builds both stages, writes CD and STE, and enables the SMMU. */
  static async create(client: QtestClient, options: NestedOptions): Promise<NestedStream> {
    const stream = new NestedStream(client, options);
    await stream.#build();
    await programSmmu(client, { cmdqBase: CMDQ, eventqBase: EVENTQ, strtabBase: STRTAB, log2Size: LOG2_STES });
    return stream;
  }

  /** `bytes` of the guest's memory, aligned to their size, as an IPA. */
  allocate(bytes: number): Promise<bigint> {
    const size = BigInt(bytes);
    const ipa = ((this.#nextIpa + size - 1n) / size) * size;
    this.#nextIpa = ipa + size;
    return Promise.resolve(ipa);
  }

  /** The PA behind an IPA; its page is mapped when it is first used. */
  async pa(ipa: bigint, attributes = S2_READ_WRITE): Promise<bigint> {
    const offset = ipa % this.#bytes;
    const known = this.#pages.get(ipa - offset);
    if (known !== undefined) return known + offset;
    const count = GUEST_BYTES / this.#bytes;
    const page = GUEST_PAGES + ((BigInt(this.#pages.size) * 37n + 11n) % count) * this.#bytes;
    this.#pages.set(ipa - offset, page);
    await this.stage2.map(ipa - offset, page, attributes);
    return page + offset;
  }

  /** Makes a page of stage 1's granule readable and writable at `iova` and gives its IPA, the pieces of which are mapped too. */
  async mapPage(iova: bigint, attributes = S1_READ_WRITE): Promise<bigint> {
    const bytes = 2 ** this.#granules.s1;
    const ipa = await this.allocate(bytes);
    await this.stage1.map(iova, ipa, attributes);
    for (let offset = 0n; offset < BigInt(bytes); offset += this.#bytes) await this.pa(ipa + offset);
    return ipa;
  }

  async writeSte(words: readonly bigint[]): Promise<void> {
    for (const [i, word] of words.entries()) await this.client.writeq(STRTAB + BigInt(this.#granules.sid * 64 + i * 8), word);
  }

  async #build(): Promise<void> {
    const { client } = this;
    const s1 = GRANULES[this.#granules.s1];
    const s2 = GRANULES[this.#granules.s2];
    let nextTable = STAGE_2_TABLES;
    this.stage2 = await TranslationTables.create(
      { granuleBits: this.#granules.s2, inputBits: S2_INPUT_BITS, startLevel: s2.s2Start },
      {
        allocate(bytes) {
          const size = BigInt(bytes);
          nextTable = ((nextTable + size - 1n) / size) * size + size;
          return Promise.resolve(nextTable - size);
        },
        store: (address, value) => client.writeq(address, value),
      },
    );
    this.stage1 = await TranslationTables.create(
      { granuleBits: this.#granules.s1, inputBits: S1_INPUT_BITS, startLevel: s1.s1Start },
      { allocate: (bytes) => this.allocate(bytes), store: async (ipa, value) => client.writeq(await this.pa(ipa), value) },
    );
    const cd = await this.allocate(64);
    await this.writeCd(cd);
    const s2Word = 5n | (24n << 32n) | (s2.s2Sl0 << 38n) | (s2.code << 46n) | (4n << 48n) | (1n << 51n) | (1n << 58n);
    await this.writeSte([1n | (7n << 1n) | cd, 0n, s2Word, this.stage2.base, 0n, 0n, 0n, 0n]);
  }

  private async writeCd(cd: bigint): Promise<void> {
    const tg0 = GRANULES[this.#granules.s1].code;
    const word = 16n | (tg0 << 6n) | (1n << 30n) | (1n << 31n) | (4n << 32n) | (1n << 41n) | (1n << 45n) | (1n << 46n) | (0x11n << 48n);
    for (const [i, value] of [word, this.stage1.base, 0n, 0xffn].entries())
      await this.client.writeq((await this.pa(cd)) + BigInt(i * 8), value);
  }
}
