/** Records on their way to the store at full speed: a file and their digest, nothing else is kept of them. */
import { createHash } from 'node:crypto';
import { RECORD_BYTES, RECORD_WORDS } from '../../src/model/trace/record.ts';
import { Spool } from '../../src/host/trace/spool.ts';

export class CaptureFile {
  readonly #spool: Spool;
  readonly #hash = createHash('sha256');
  #records = 0;

  /** `folder` is where the file is; it is made when the first records come, and gone with the process. */
  constructor(folder: string) {
    this.#spool = Spool.hidden(folder);
  }

  get records(): number {
    return this.#records;
  }

  /** Throws `spool-failed` when the disk does not take them. */
  append(words: Int32Array): void {
    const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
    this.#spool.write(bytes, this.#records * RECORD_BYTES);
    this.#hash.update(bytes);
    this.#records += words.length / RECORD_WORDS;
  }

  /** `count` records from `from`; fewer at the end. */
  read(from: number, count: number): Int32Array {
    const words = new Int32Array(Math.max(0, Math.min(count, this.#records - from)) * RECORD_WORDS);
    if (words.length > 0) this.#spool.read(new Uint8Array(words.buffer), from * RECORD_BYTES);
    return words;
  }

  /** 64 hex digits over the records so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  close(): void {
    this.#spool.close();
  }
}
