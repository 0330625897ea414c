/** A trace as Parquet: a folder of files of so many rows each, so that no reader and no writer needs more than a part of it. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { PARQUET_COLUMNS, ParquetRows } from '../../formats/parquet/columns.ts';
import type { ParquetColumn } from '../../formats/parquet/columns.ts';
import { RECORD_WORDS } from '../../model/trace/record.ts';
import type { Predicate } from '../../query/index.ts';
import { emptyElement } from '../../query/index.ts';
import type { FolderWriter } from '../whole-folder.ts';

/** Rows of a file; some hundred MB. */
export const SHARD_ROWS = 4_194_304;
/** Rows of a group within it: what is in memory while it is written. */
const GROUP_ROWS = 65_536;

const shardName = (number: number): string => `part-${String(number).padStart(5, '0')}.parquet`;
export const isShard = (name: string): boolean => /^part-\d{5,}\.parquet$/.test(name);

const PHYSICAL = { UINT_32: 'INT32', UINT_64: 'INT64', STRING: 'BYTE_ARRAY' } as const;
const CONVERTED = { UINT_32: 'UINT_32', UINT_64: 'UINT_64', STRING: 'UTF8' } as const;

const element = ({ name, type, optional }: ParquetColumn) =>
  ({ name, type: PHYSICAL[type], converted_type: CONVERTED[type], repetition_type: optional ? 'OPTIONAL' : 'REQUIRED' }) as const;

const SCHEMA = [{ name: 'record', num_children: PARQUET_COLUMNS.length }, ...PARQUET_COLUMNS.map(element)];

/** Key-value pairs in the footer of every file. */
export type About = Readonly<Record<string, string>>;

export class ParquetShards {
  readonly #files: FolderWriter;
  readonly #about: About;
  readonly #shardRows: number;
  readonly #rows = new ParquetRows();
  readonly #element = emptyElement();
  #writer: ParquetWriter | null = null;
  #shards = 0;
  /** Rows of the file at hand. */
  #inShard = 0;

  constructor(files: FolderWriter, about: About, shardRows: number) {
    this.#files = files;
    this.#about = about;
    this.#shardRows = shardRows;
  }

  /** How many of the records are rows. */
  async add(words: Int32Array, matches: Predicate | null): Promise<number> {
    let added = 0;
    this.#element.record = words;
    for (let at = 0; at < words.length; at += RECORD_WORDS) {
      this.#rows.pass(words, at);
      this.#element.recordAt = at;
      if (matches !== null && !matches(this.#element)) continue;
      this.#rows.add(words, at);
      added++;
      if (this.#rows.count >= Math.min(GROUP_ROWS, this.#shardRows - this.#inShard)) await this.#group();
    }
    return added;
  }

  /** Of no rows there is one file, which has the columns. */
  async end(): Promise<void> {
    if (this.#rows.count > 0 || this.#shards === 0) await this.#group();
    await this.#endShard();
  }

  async #group(): Promise<void> {
    this.#writer ??= this.#beginShard();
    const rows = this.#rows.count;
    const columns = this.#rows.take();
    if (rows > 0) await this.#writer.write({ columnData: PARQUET_COLUMNS.map(({ name }, n) => ({ name, data: columns[n]! })), rowGroupSize: rows });
    this.#inShard += rows;
    if (this.#inShard >= this.#shardRows) await this.#endShard();
  }

  #beginShard(): ParquetWriter {
    this.#files.begin(shardName(this.#shards++));
    const writer = new ByteWriter();
    const flush = (): void => {
      this.#files.write(writer.getBytes());
      writer.index = 0;
    };
    const kvMetadata = Object.entries(this.#about).map(([key, value]) => ({ key, value }));
    return new ParquetWriter({ writer: Object.assign(writer, { flush, finish: flush }), schema: SCHEMA, kvMetadata, createdBy: 'smmu-lab' });
  }

  async #endShard(): Promise<void> {
    await this.#writer?.finish();
    this.#writer = null;
    this.#inShard = 0;
  }
}
