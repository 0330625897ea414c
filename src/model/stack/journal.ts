/**
 * What every part of the stack says of its work: what arrived, what it sent on, what it dropped and why. Append-only and
 * in order, so that a path is read off as it happened.
 */
export type Hop = 'guest' | 'vmm' | 'uapi' | 'host-core' | 'host-driver' | 'smmu' | 'device';

export type HopValue = string | number | bigint | boolean | null;
export type HopDetail = Readonly<Record<string, HopValue>>;

export interface HopRecord {
  /** 0, 1, 2, ... over the whole journal. */
  readonly seq: number;
  /** All records of one cause (a guest's action, a device's transaction) have the same number. */
  readonly path: number;
  readonly hop: Hop;
  readonly action: string;
  readonly detail: HopDetail;
  /** 0 or a negative errno, where the hop answered. */
  readonly result?: number;
  /** Why nothing was sent on, where something was dropped. */
  readonly dropped?: string;
}

export interface HopEnd {
  readonly result?: number;
  readonly dropped?: string;
}

export class StackJournal {
  readonly #records: HopRecord[] = [];
  #path = 0;

  get records(): readonly HopRecord[] {
    return this.#records;
  }

  /** A new cause begins: records from here on belong to its path. Gives the path's number. */
  startPath(): number {
    return ++this.#path;
  }

  record(hop: Hop, action: string, detail: HopDetail = {}, end: HopEnd = {}): void {
    this.#records.push({ seq: this.#records.length, path: this.#path, hop, action, detail, ...end });
  }

  /** The records of one path, in order. */
  ofPath(path: number): HopRecord[] {
    return this.#records.filter((record) => record.path === path);
  }
}
