import type { Misuse, MisuseId } from '../../spec/misuse.ts';
import { MISUSE_STRUCTURES } from '../../spec/misuse.ts';
import { fromWords } from '../../base/address.ts';
import type { Core } from '../core.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { brokenRule } from './break-before-make.ts';
import type { LiveEntries } from './live-entries.ts';
import { SetFields } from './set-fields.ts';
import { STRUCTURE } from './read.ts';
import type { Read } from './read.ts';
import type { Entry, Hit, Trail } from './trail.ts';
import { Unsynced } from './unsynced.ts';
import type { Change, WatchedWords } from './watched-words.ts';

/** A 64-bit word that a cached structure was made from, and its change. */
export interface ChangedStructure {
  readonly read: Read;
  readonly address: number;
  readonly change: Change;
}

/**
 * Misuse that only shows when one knows what is cached and what it was made from: live structures that change, invalidations
 * relied on too early, translations that were not broken before they were made anew, and fields that should be 0.
 */
export class CacheMisuses {
  private readonly core: Core;
  private readonly registers: RegisterFile;
  private readonly live: LiveEntries;
  private readonly trail: Trail;
  private readonly unsynced: Unsynced;
  private readonly fields: SetFields;
  /** Changes of live structures that were told. */
  private readonly told = new Set<number>();

  constructor(core: Core, registers: RegisterFile, words: WatchedWords, live: LiveEntries, trail: Trail) {
    this.core = core;
    this.registers = registers;
    this.live = live;
    this.trail = trail;
    this.unsynced = new Unsynced(core, words);
    this.fields = new SetFields(core.features);
  }

  reset(): void {
    this.unsynced.reset();
    this.fields.reset();
    this.told.clear();
  }

  /** A structure was fetched. */
  fetched(read: Read): void {
    if (read.structure > STRUCTURE.CD) return;
    const ste = this.trail.reads.find(({ structure }) => structure === STRUCTURE.STE)?.words ?? null;
    for (const { id, fields } of this.fields.look(read, ste, this.registers.e2h)) {
      const [first] = fields;
      if (first === undefined) continue;
      const cause = { kind: 'fields', structure: MISUSE_STRUCTURES[read.structure]!, bit: first.lo, count: fields.length } as const;
      this.#tell({ id, place: 'pa', address: BigInt(read.address), write: false, cause });
    }
  }

  /** A watched word changed: is a translation cached that had to be broken first? */
  changed(address: number, change: Change): void {
    // Only the SMMU's own updates of flags keep output and size.
    if ((change.oldLo & change.newLo & 1) === 0 || change.author.kind === 'SMMU') return;
    const read = this.#descriptorAt(address, change);
    const id = read === null ? null : brokenRule(read, change, this.core.features.bbml);
    if (read !== null && id !== null) this.#tellChange(id, { read, address, change });
  }

  /** Something live was made from the descriptor as it was. */
  #descriptorAt(address: number, { oldLo, oldHi }: Change): Read | null {
    for (const { cache, entry, source } of this.trail.entries()) {
      const read = source.reads.find((one) => one.address === address && one.structure >= STRUCTURE.STAGE1 && one.words[0] === oldLo && one.words[1] === oldHi);
      if (read !== undefined && this.live.has({ cache, entry })) return read;
    }
    return null;
  }

  /** A CMD_CFGI or CMD_TLBI is about to be carried out; it reaches these, which are out of date. */
  commandBegins(words: Int32Array, queue: number, outOfDate: readonly Entry[]): void {
    this.unsynced.begin(words, queue, outOfDate);
  }

  /** It was consumed; a CMD_SYNC completes what is before it in its queue. */
  consumed(sync: boolean, queue: number): void {
    if (sync) this.unsynced.complete(queue);
    else this.unsynced.issued();
  }

  /** A command that removes the entry waits for its CMD_SYNC. */
  waits(hit: Hit): boolean {
    return this.unsynced.waits(hit);
  }

  /** The transaction in core.txn has come to its end. */
  ended(): void {
    for (const words of this.unsynced.reliedOn(this.trail))
      this.#tell({ id: 'unsynced-invalidation', place: 'stream', address: BigInt(this.core.txn.sid >>> 0), write: false, cause: { kind: 'command', words } });
  }

  /** Configuration answered that memory no longer says; the command that removes it was not issued, or not completed. */
  staleConfiguration(hit: Hit, changed: readonly ChangedStructure[]): void {
    const structures = changed.filter(({ read, change }) => read.structure <= STRUCTURE.CD && !this.told.has(change.number));
    const [first] = structures;
    if (first === undefined || this.waits(hit)) return;
    for (const { change } of structures) this.told.add(change.number);
    this.#tellChange(first.read.structure <= STRUCTURE.STE ? 'live-ste-changed' : 'live-cd-changed', first);
  }

  #tellChange(id: MisuseId, { read, address, change }: ChangedStructure): void {
    const { oldLo, oldHi, newLo, newHi } = change;
    const cause = { kind: 'change', structure: MISUSE_STRUCTURES[read.structure]!, level: read.level, old: fromWords(oldHi, oldLo), now: fromWords(newHi, newLo) } as const;
    this.#tell({ id, place: 'pa', address: BigInt(address), write: true, cause });
  }

  #tell(misuse: Misuse): void {
    this.core.misuse?.(misuse);
  }
}
