/**
 * `age(NAME)`: how many transactions were begun between the last record of a kind and the transaction at hand, from 0. It is told by
 * numbers of transactions alone: a record is before transaction n if no more than n - 1 transactions had begun when it was made.
 */
import { COMMANDS, EVENTS, nearest } from '../model/spec/index.ts';
import { KIND, PAYLOAD } from '../model/trace/record.ts';

/** Which records are counted from: all of a kind, or those of one command or event. */
export interface Landmark {
  readonly kind: number;
  /** Number of the command or event, null: any. */
  readonly tag: number | null;
}

/** The age of each transaction, by its number; -1: there was no such record before it. */
export type AgeOf = (txn: number) => number;
export type Ages = (landmark: Landmark) => AgeOf;

const LANDMARKS: ReadonlyMap<string, Landmark> = new Map<string, Landmark>([
  ...COMMANDS.cases.map(({ id, number }) => [id, { kind: KIND.COMMAND, tag: number }] as const),
  ...EVENTS.cases.map(({ id, number }) => [id, { kind: KIND.EVENT, tag: number }] as const),
  ...Object.entries(KIND).map(([name, kind]) => [name, { kind, tag: null }] as const),
]);

/** What can be asked for, in the order in which it is offered. */
export const LANDMARK_NAMES: readonly string[] = [...LANDMARKS.keys()];

const byFolded = new Map([...LANDMARKS].map(([name, landmark]) => [name.toLowerCase(), landmark]));

/** `CMD_SYNC` or `cmd.SYNC`, `F_TRANSLATION` or `evt.F_TRANSLATION`, `STEP`, in any case. */
export const landmarkOf = (name: string): Landmark | undefined => byFolded.get(name.toLowerCase().replace(/^cmd\.(cmd_)?/, 'cmd_').replace(/^evt\./, ''));

/** The known name that is nearest to a mistyped one. */
export function suggestLandmark(name: string): string | null {
  const bare = (full: string): string => full.replace(/^CMD_/, '');
  const hint = nearest(name.replace(/^(cmd|evt)\./i, ''), [...LANDMARK_NAMES, ...LANDMARK_NAMES.map(bare)]);
  return LANDMARK_NAMES.find((full) => bare(full) === hint) ?? hint;
}

/** Where one landmark was met in a trace, as numbers of transactions begun by then. */
export class Marks {
  readonly #landmark: Landmark;
  /** In order, each once. */
  readonly #marks: number[] = [];
  #begun = 0;

  constructor(landmark: Landmark) {
    this.#landmark = landmark;
  }

  /** Number of the last transaction that was met. */
  get begun(): number {
    return this.#begun;
  }

  /** Transactions up to this one have begun. */
  reach(txn: number): void {
    if (txn > this.#begun) this.#begun = txn;
  }

  /** The records of a trace, in order. One that belongs to a transaction is after its beginning, though it may be told before it. */
  pass(words: Int32Array, at: number): void {
    this.reach(words[at + 2]! >>> 0);
    const { kind, tag } = this.#landmark;
    if ((words[at]! & 0xff) !== kind || (tag !== null && (words[at + PAYLOAD]! & 0xff) !== tag)) return;
    if (this.#marks.at(-1) !== this.#begun) this.#marks.push(this.#begun);
  }

  /** Of a transaction whose predecessors were all passed. */
  readonly ageOf: AgeOf = (txn) => {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle]! < txn) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? -1 : txn - 1 - this.#marks[low - 1]!;
  };
}
