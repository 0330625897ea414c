import type { FILLERS, Status } from '../../trace/record.ts';

/** A 64-bit word that an entry was made from and that is no longer what it was. */
export interface ChangedWord {
  /** `STE`, `CD`, `L1STD`, `L1CD`, or a descriptor as `S1 L3`. */
  readonly structure: string;
  /** Fields of an STE or CD that differ, such as `TTB0`. */
  readonly fields: readonly string[];
  readonly pa: bigint;
  readonly old: bigint;
  readonly now: bigint;
  /** `the host`, `guest vm0`, `device 0x8`, `the SMMU`, `software`; null where nobody was seen to write it. */
  readonly by: string | null;
  /** Step of the lab that changed it, from 1; 0: before the first. */
  readonly step: number;
  /** Sequence number in the trace of the write. */
  readonly seq: number;
}

export interface NamedCommand {
  readonly name: string;
  readonly fields: Readonly<Record<string, bigint>>;
}

/** A cache entry that answered otherwise than memory would, and what would have removed it. */
export interface StaleHit {
  /** As CACHE_NAMES of the trace. */
  readonly cache: string;
  readonly entry: number;
  /** What a lookup finds the entry by, such as `VMID 1, ASID 5, IOVA 0x10000000`. */
  readonly key: string;
  /** Transaction that filled it. */
  readonly filledBy: number;
  /** The command that made that transaction; null: a device did. */
  readonly prefetch: (typeof FILLERS)[number];
  /** What the same access comes to without caches. */
  readonly now: { readonly status: Status; readonly pa?: bigint; readonly event?: string };
  readonly words: readonly ChangedWord[];
  /** The least that would have removed it, each to be followed by CMD_SYNC; empty where no invalidation helps. */
  readonly commands: readonly NamedCommand[];
  /** Why the architecture asks for it: the id of a rule. */
  readonly rule: string;
  /** `must`: relying on the change without them is wrong. `may`: the entry only allows less than memory does now. */
  readonly required: 'must' | 'may';
  /** A valid descriptor became another valid one: it had to be made invalid and invalidated first (IHI 0070 3.21.1). */
  readonly breakBeforeMake: boolean;
}

/** An entry that is still there. */
export interface Standing {
  /** Transaction that filled it. */
  readonly transaction: number;
  /** How often it answered since. */
  readonly hits: number;
  /** What it was made from and is no longer so, with the least commands that remove it; null: a walk would read the same now. */
  readonly stale: { readonly words: readonly ChangedWord[]; readonly commands: readonly NamedCommand[]; readonly rule: string } | null;
}
