import { fromWords } from '../base/address.ts';
import { EVENTS } from '../spec/events.ts';
import { accessor, REGISTERS, STE } from '../spec/index.ts';
import { RULES } from '../spec/rules/registry.ts';
import { RESPONSE_NAMES, STATUS, STATUS_NAMES, TRANSACTION } from '../trace/record.ts';
import type { Response, Status } from '../trace/record.ts';
import type { StaleHit } from './coherence/stale-hit.ts';
import { FLAG, SLOT } from './config/slot.ts';
import type { Core } from './core.ts';
import { HELD_NAMES } from './stall/held.ts';
import type { Held } from './stall/held.ts';
import { attributesText, finalAttributes, INCOMING, overridden } from './walk/attributes.ts';
import type { Attributes } from './walk/attributes.ts';
import { ALL, PRIV_EXECUTE, PRIV_READ, PRIV_WRITE, UNPRIV_EXECUTE, UNPRIV_READ, UNPRIV_WRITE } from './walk/permissions.ts';

/** An access as a device issues it (IHI 0070 3.3). Without `ssid` SSV is 0; without `privileged` it is unprivileged. */
export interface Transaction {
  readonly sid: number;
  readonly ssid?: number;
  readonly iova: bigint;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged?: boolean;
}

export interface Permissions {
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
}

export interface Outcome {
  /** fault: terminated otherwise than by configuration; abort: STE.Config or GBPA say so, silently; bypass: not translated; stalled: it waits. */
  readonly status: Status;
  readonly pa?: bigint;
  /** Bytes around the address that one TLB entry of both stages covers. */
  readonly pageSize?: bigint;
  readonly permissions?: { readonly privileged: Permissions; readonly unprivileged: Permissions };
  readonly attributes?: string;
  /** What the device sees. */
  readonly response: Response;
  /** The rule that decided, by id. */
  readonly rule: string;
  readonly fault?: {
    readonly event: number;
    readonly name: string;
    readonly rule: string;
    readonly stage: 0 | 1 | 2;
    readonly recorded: boolean;
  };
  /** Of a stalled transaction: the STAG by which CMD_RESUME names it, null without one, and why software has no record of it yet. */
  readonly stall?: { readonly stag: number | null; readonly held: Held };
  /** Event records made, 8 words each, whether or not the queue took them. */
  readonly events: readonly Uint32Array[];
  /** Descriptors and structures read from memory. */
  readonly reads: number;
  /** Descriptors whose flags hardware updated. */
  readonly updates: number;
  /** Its number, from 1, as in the trace. */
  readonly transaction: number;
  /** Cache entries that answered otherwise than memory would; empty while nobody checks. */
  readonly stale: readonly StaleHit[];
}

const permissionsOf = (bits: number): NonNullable<Outcome['permissions']> => ({
  privileged: { read: (bits & PRIV_READ) !== 0, write: (bits & PRIV_WRITE) !== 0, execute: (bits & PRIV_EXECUTE) !== 0 },
  unprivileged: { read: (bits & UNPRIV_READ) !== 0, write: (bits & UNPRIV_WRITE) !== 0, execute: (bits & UNPRIV_EXECUTE) !== 0 },
});

const ste = { MTCFG: accessor(STE, 'MTCFG'), MemAttr: accessor(STE, 'MemAttr'), SHCFG: accessor(STE, 'SHCFG') };
const GBPA = REGISTERS.get('GBPA')!;
const global = { MTCFG: accessor(GBPA, 'MTCFG'), MemAttr: accessor(GBPA, 'MemAttr'), SHCFG: accessor(GBPA, 'SHCFG') };

/** Attributes before any stage: the STE overrides them, or GBPA while SMMUEN is 0 (5.2, 13.1.3). */
function incomingOf({ txn, features, slots }: Core, gbpa: number): Attributes {
  // A Translated transaction brings the attributes that it leaves with, or that stage 2 combines with (13.7).
  if (!features.attrTypesOvr || txn.type === TRANSACTION.TRANSLATED) return INCOMING;
  const [from, words, at] = txn.slot < 0 ? [global, Uint32Array.of(gbpa), 0] : [ste, slots, txn.slot + SLOT.STE];
  return overridden(from.MTCFG(words, at), from.MemAttr(words, at), from.SHCFG(words, at));
}

/** What is stalled (stall/stalls.ts). */
interface StalledList {
  entries(): readonly { readonly transaction: number; readonly stag: number; readonly held: keyof typeof HELD_NAMES }[];
}

function stallOf(transaction: number, stalls: StalledList): Pick<Outcome, 'stall'> {
  const stalled = stalls.entries().find((one) => one.transaction === transaction);
  return stalled === undefined ? {} : { stall: { stag: stalled.stag < 0 ? null : stalled.stag, held: HELD_NAMES[stalled.held] } };
}

/** The state of `core.txn` as an object for the edge; `gbpa` is the register. */
export function outcomeOf(core: Core, events: readonly Uint32Array[], gbpa: number, stalls: StalledList, stale: readonly StaleHit[]): Outcome {
  const { txn } = core;
  const base = {
    status: STATUS_NAMES[txn.status]!,
    response: RESPONSE_NAMES[txn.response]!,
    rule: RULES[txn.rule]!.id,
    events,
    reads: txn.reads,
    updates: txn.updates,
    transaction: txn.number,
    stale,
  };
  if (txn.status === STATUS.ABORT) return base;
  if (txn.status === STATUS.FAULT || txn.status === STATUS.STALLED) {
    const name = EVENTS.byNumber.get(txn.event)?.id ?? `event ${txn.event}`;
    return {
      ...base,
      fault: { event: txn.event, name, rule: base.rule, stage: txn.faultStage as 0 | 1 | 2, recorded: txn.recorded === 1 },
      ...stallOf(txn.number, stalls),
    };
  }
  const pa = fromWords(txn.outHi, txn.outLo);
  const incoming = incomingOf(core, gbpa);
  if (txn.status === STATUS.BYPASS) return { ...base, pa, permissions: permissionsOf(ALL), attributes: attributesText(incoming) };
  const flags = core.slots[txn.slot + SLOT.FLAGS]!;
  const attributes = finalAttributes(
    txn.attributes,
    (flags & FLAG.S1) !== 0,
    (flags & FLAG.S2) !== 0,
    (flags & FLAG.S2FWB) !== 0,
    incoming,
  );
  return {
    ...base,
    pa,
    pageSize: 1n << BigInt(txn.shift),
    permissions: permissionsOf(txn.permissions),
    attributes: attributesText(attributes),
  };
}
