/**
 * What every part of the stack says of its work: what arrived, what it sent on, what it dropped and why. In order,
 * so that a path is read off as it happened.
 */
import { assert } from '../base/assert.ts';
import type { HopMessage } from '../trace/hop.ts';
import { FAULT_STEP, HOPS, hopText, nameKey } from '../trace/hop.ts';
import type { Recorder } from '../trace/recorder.ts';

export type Hop = (typeof HOPS)[number];

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
  /** Where the hop began in the order of all beginnings: what it caused has larger numbers, whoever was done first. */
  readonly order: number;
}

/** Where a hop began: in the journal, and in the trace. */
export interface HopMark {
  readonly order: number;
  readonly position: number;
}

/** Bytes as they crossed a boundary: a structure of the uAPI by its name in C, a command or an event record. */
export interface HopData {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface HopEnd {
  readonly result?: number;
  readonly dropped?: string;
  /** From `mark`, when the hop first sends on and then answers. */
  readonly since?: HopMark;
  readonly data?: HopData;
  /** What this record is on the way of a fault from the SMMU to the guest. */
  readonly fault?: keyof typeof FAULT_STEP;
}

export class StackJournal {
  private _records: HopRecord[] = [];
  private length = 0;
  private paths = 0;
  private open = false;
  private booting = true;
  private order = 0;
  private recorder: Recorder | null = null;

  /** Since they were last taken. */
  get records(): readonly HopRecord[] {
    return this._records;
  }

  /**
   * The records so far, which the journal then lets go: a run of a million actions must not hold them all. The trace has every one
   * of them for as long as it is kept.
   */
  take(): readonly HopRecord[] {
    const taken = this._records;
    this._records = [];
    return taken;
  }

  /** From here on every record is one of the trace, too. */
  recordInto(recorder: Recorder | null): void {
    this.recorder = recorder;
  }

  /** All is built: from here on what is recorded outside a path is a bug of whoever acts without `path`. */
  booted(): void {
    this.booting = false;
  }

  /** What `cause` does, and all that comes of it, is one path; within another path it is part of that. */
  path<T>(cause: () => T): T {
    if (this.open) return cause();
    this.open = true;
    this.paths++;
    try {
      return cause();
    } finally {
      this.open = false;
    }
  }

  /** A hop begins that will be recorded when it is done. */
  mark(): HopMark {
    return { order: this.order++, position: this.recorder?.seq ?? 0 };
  }

  record(hop: Hop, action: string, detail: HopDetail = {}, { since = this.mark(), data, fault, ...end }: HopEnd = {}): void {
    assert(this.open || this.booting, `${hop} ${action} belongs to a path`);
    const path = this.open ? this.paths : 0;
    this._records.push({ seq: this.length++, path, hop, action, detail, order: since.order, ...end });
    if (this.recorder === null) return;
    const message: HopMessage = { action, detail, ...(end.dropped === undefined ? {} : { dropped: end.dropped }), ...(data === undefined ? {} : { data }) };
    const device = typeof detail['device'] === 'string' ? detail['device'] : null;
    this.recorder.hop(HOPS.indexOf(hop), path, end.result ?? null, since.position, fault === undefined ? 0 : FAULT_STEP[fault], nameKey(device), end.dropped !== undefined, hopText(message));
  }
}
