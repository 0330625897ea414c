/**
 * What every part of the stack says of its work: what arrived, what it sent on, what it dropped and why. Append-only and
 * in order, so that a path is read off as it happened.
 */
import { assert } from '../base/assert.ts';

export type Hop = 'guest' | 'vmm' | 'uapi' | 'host-core' | 'host-driver' | 'smmu' | 'device';

export type HopValue = string | number | bigint | boolean | null;
export type HopDetail = Readonly<Record<string, HopValue>>;

export interface HopRecord {
  /** 0, 1, 2, ... over the whole journal. */
  readonly seq: number;
  /** All records of one cause (a guest's action, a device's transaction) have the same number; 0: what came before any. */
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
  #paths = 0;
  #open = false;
  #booting = true;

  get records(): readonly HopRecord[] {
    return this.#records;
  }

  /** All is built: from here on what is recorded outside a path is a bug of whoever acts without `path`. */
  booted(): void {
    this.#booting = false;
  }

  /** What `cause` does, and all that comes of it, is one path; within another path it is part of that. */
  path<T>(cause: () => T): T {
    if (this.#open) return cause();
    this.#open = true;
    this.#paths++;
    try {
      return cause();
    } finally {
      this.#open = false;
    }
  }

  record(hop: Hop, action: string, detail: HopDetail = {}, end: HopEnd = {}): void {
    assert(this.#open || this.#booting, `${hop} ${action} belongs to a path`);
    this.#records.push({ seq: this.#records.length, path: this.#open ? this.#paths : 0, hop, action, detail, ...end });
  }
}
