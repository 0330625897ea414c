/** A place tables can be put in. Addresses are those of the space the tables live in: PAs for stage 2, IPAs for a guest's stage 1. */
export interface TableSpace {
  allocate(bytes: number): Promise<bigint>;
  store(address: bigint, value: bigint): Promise<void>;
}

export interface TableGeometry {
  /** log2 of the granule: 12, 14 or 16. */
  readonly granuleBits: number;
  /** 64 - TxSZ. */
  readonly inputBits: number;
  readonly startLevel: number;
}

const TABLE_OR_PAGE = 3n;
const BLOCK = 1n;
const LAST_LEVEL = 3;

/** VMSAv8-64 tables of one stage, written for this test from the architecture and sharing nothing with the model. */
export class TranslationTables {
  readonly base: bigint;
  readonly #space: TableSpace;
  readonly #geometry: TableGeometry;
  readonly #tables = new Map<string, bigint>();

  private constructor(geometry: TableGeometry, space: TableSpace, base: bigint) {
    this.#geometry = geometry;
    this.#space = space;
    this.base = base;
  }

  static async create(geometry: TableGeometry, space: TableSpace): Promise<TranslationTables> {
    const tables = new TranslationTables(geometry, space, 0n);
    const entries = 2 ** (geometry.inputBits - tables.#shift(geometry.startLevel));
    return new TranslationTables(geometry, space, await space.allocate(Math.max(64, entries * 8)));
  }

  /** Maps a page (or, at a lower level, a block) of `input` to `output`; `attributes` are all bits but address and type. */
  async map(input: bigint, output: bigint, attributes: bigint, level = LAST_LEVEL): Promise<void> {
    await this.#space.store(
      await this.descriptorAddress(input, level),
      output | attributes | (level === LAST_LEVEL ? TABLE_OR_PAGE : BLOCK),
    );
  }

  /** Where the descriptor of `input` at `level` is; tables above it are made when missing. */
  async descriptorAddress(input: bigint, level = LAST_LEVEL): Promise<bigint> {
    let table = this.base;
    for (let at = this.#geometry.startLevel; at < level; at++) table = await this.#next(table, input, at);
    return table + this.#index(input, level) * 8n;
  }

  async #next(table: bigint, input: bigint, level: number): Promise<bigint> {
    const key = `${level}:${(input >> BigInt(this.#shift(level))).toString(16)}`;
    let next = this.#tables.get(key);
    if (next === undefined) {
      next = await this.#space.allocate(2 ** this.#geometry.granuleBits);
      this.#tables.set(key, next);
      await this.#space.store(table + this.#index(input, level) * 8n, next | TABLE_OR_PAGE);
    }
    return next;
  }

  #shift(level: number): number {
    const { granuleBits } = this.#geometry;
    return granuleBits + (granuleBits - 3) * (LAST_LEVEL - level);
  }

  /** The start level takes all bits that are left, so that concatenated tables need no care. */
  #index(input: bigint, level: number): bigint {
    const { granuleBits, inputBits, startLevel } = this.#geometry;
    const width = level === startLevel ? inputBits - this.#shift(level) : granuleBits - 3;
    return (input >> BigInt(this.#shift(level))) & ((1n << BigInt(width)) - 1n);
  }
}
