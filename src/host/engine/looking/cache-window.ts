/** A window of what the caches hold: all of it, or what an access could meet, with what a command would remove. */
import { isReached } from '../../../model/endpoint/atc.ts';
import { walk } from '../../../model/lab/inspect/walk.ts';
import { CommandPreview } from '../../../model/smmu/coherence/command-preview.ts';
import type { Smmu } from '../../../model/smmu/smmu.ts';
import { CERROR } from '../../../model/spec/index.ts';
import { commandText } from '../../../model/trace/queue-text.ts';
import { parseCommand } from '../../../formats/words/parse-command.ts';
import type { CacheEntry, CacheWindow, CommandPreviewed, LookingParams } from '../../../protocol/contract.ts';
import { heldByDevices } from './atc-rows.ts';
import { capacitiesOf, contextsOfStream, heldBy } from './cache-rows.ts';
import { endpointsOf } from './subject.ts';
import type { Subject } from './subject.ts';

type Query = LookingParams<'caches.window'>;

/** An entry of any cache. */
interface Entry {
  readonly row: CacheEntry;
  readonly context: number;
  removedBy(preview: CommandPreview): boolean;
}

function entriesOf(subject: Subject): Entry[] {
  const { smmu } = subject;
  return [
    ...heldBy(smmu).map(({ row, name, context }): Entry => ({ row, context, removedBy: (preview) => preview.removes(name) })),
    ...heldByDevices(smmu, endpointsOf(subject)).map(({ row, sid, entry }): Entry => ({
      row,
      context: 0,
      removedBy: ({ invalidation }) => invalidation !== null && invalidation.sid >>> 0 === sid && isReached(entry, invalidation),
    })),
  ];
}

const covers = ({ input, size }: CacheEntry, address: bigint): boolean => {
  if (input === null || size === null) return true;
  const first = BigInt(input.address);
  return address >= first && address < first + BigInt(size);
};

/** The addresses that a walk of the access goes by: the IPAs of CD and tables, and the one behind stage 1. */
function ipasOf(smmu: Smmu, sid: number, iova: bigint): readonly bigint[] {
  const { records } = walk({ smmu, memory: smmu.memory }, { sid, iova, access: 'read' });
  return records.filter(({ kind }) => kind === 'WALK').map(({ address }) => address);
}

/** Entries that an access of `sid` to `address` could meet; either may be left open. */
function meets(smmu: Smmu, { sid, address: text }: Query): (entry: Entry) => boolean {
  const address = text === undefined ? null : BigInt(text);
  const contexts = sid === undefined ? null : contextsOfStream(smmu, sid);
  const ipas = sid === undefined || address === null ? [] : ipasOf(smmu, sid, address);
  return ({ row, context }) => {
    if (row.sid !== null && sid !== undefined && row.sid !== sid) return false;
    if (row.sid === null && contexts !== null && contexts.size > 0 && !contexts.has(context)) return false;
    if (address === null) return true;
    return row.input?.space === 'ipa' ? [address, ...ipas].some((one) => covers(row, one)) : covers(row, address);
  };
}

const REMOVING = /^CMD_(?:CFGI|TLBI|ATC_INV)/;

function previewOf({ smmu }: Subject, text: string): CommandPreview | string {
  const parsed = parseCommand(text);
  if (!parsed.ok) return parsed.error.message;
  if (!REMOVING.test(parsed.value.record.id)) return `${parsed.value.record.id} removes nothing from a cache: CMD_CFGI, CMD_TLBI and CMD_ATC_INV do`;
  const preview = new CommandPreview(smmu.core, smmu.registers, parsed.value.words);
  return preview.error === CERROR.NONE ? preview : 'the command queue would stop at it: CERROR_ILL';
}

function told(text: string, preview: CommandPreview | string, entries: readonly Entry[]): CommandPreviewed {
  const parsed = parseCommand(text);
  const command = parsed.ok ? commandText(Uint32Array.from(parsed.value.words)) : null;
  if (typeof preview === 'string') return { command, problem: preview, removes: 0, stale: 0, left: 0 };
  const removed = entries.filter((entry) => entry.removedBy(preview));
  const stale = removed.filter(({ row }) => row.stale !== null).length;
  return { command, problem: null, removes: removed.length, stale, left: entries.filter(({ row }) => row.stale !== null).length - stale };
}

/** One for each cache that there is: the TLB is one, whatever its entries are keyed by. */
function summary(subject: Subject, entries: readonly Entry[]): CacheWindow['caches'] {
  const atcs = endpointsOf(subject);
  const all = [...capacitiesOf(subject.smmu), ...(atcs.length === 0 ? [] : [['atc', atcs.reduce((sum, { atc }) => sum + atc.capacity, 0)] as const])];
  return all.map(([kind, capacity]) => {
    const own = entries.filter(({ row }) => row.kind === kind);
    return { kind, capacity, live: own.length, stale: own.filter(({ row }) => row.stale !== null).length };
  });
}

export function cacheWindow(subject: Subject, query: Query): CacheWindow {
  const { kinds = [], staleOnly = false, command = '', from, count } = query;
  const entries = entriesOf(subject);
  const preview = command.trim() === '' ? null : previewOf(subject, command);
  const met = meets(subject.smmu, query);
  const found = entries.filter((entry) => (kinds.length === 0 || kinds.includes(entry.row.kind)) && (!staleOnly || entry.row.stale !== null) && met(entry));
  const rows = found.slice(from, from + count).map((entry) => (preview === null || typeof preview === 'string' ? entry.row : { ...entry.row, removed: entry.removedBy(preview) }));
  return { total: found.length, rows, caches: summary(subject, entries), preview: preview === null ? null : told(command, preview, entries) };
}
