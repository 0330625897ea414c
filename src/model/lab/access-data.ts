/** What a step of either kind of lab says of an access and of a place in memory: plain data, addresses as bigint. */
import type { Iova, Ipa, Pa } from '../base/address.ts';
import type { MisuseId } from '../spec/misuse.ts';
import type { Response } from '../trace/record.ts';
import type { Held } from '../smmu/stall/held.ts';

/** Raw fields of a record under the architecture's names; an address field takes the full address. */
export type Fields = Readonly<Record<string, bigint>>;

/** Where a step reads or writes memory: a PA, or an IPA of a VM. */
export type MemoryPlace =
  { readonly space: 'pa'; readonly address: Pa } | { readonly space: 'ipa'; readonly vm: string; readonly address: Ipa };

export interface DmaExpectation {
  readonly status?: 'success' | 'fault' | 'bypass' | 'abort' | 'stalled' | undefined;
  readonly pa?: Pa | undefined;
  readonly event?: string | undefined;
  readonly stage?: number | undefined;
  readonly class?: 'CD' | 'TT' | 'IN' | undefined;
  readonly ipa?: Ipa | undefined;
  /** Whether an event record was written to the queue. */
  readonly recorded?: boolean | undefined;
  readonly rule?: string | undefined;
  readonly reads?: number | undefined;
  /** Descriptors whose flags hardware updated. */
  readonly updates?: number | undefined;
  readonly pageSize?: bigint | undefined;
  /** Texts, each a part of what is told of a stale hit; none: nothing is told. */
  readonly stale?: readonly string[] | undefined;
  readonly data?: readonly number[] | undefined;
  /** STAG of a stalled transaction. */
  readonly stag?: number | undefined;
  /** Why software has no event record of a stalled transaction yet. */
  readonly held?: Held | undefined;
  /** Bytes that were moved. */
  readonly moved?: number | undefined;
  /** What the device sees. */
  readonly response?: Response | undefined;
}

export interface DmaInput {
  readonly device: string;
  readonly iova: Iova;
  readonly access: 'read' | 'write' | 'execute';
  readonly length: number;
  readonly privileged: boolean;
  readonly ssid: number | null;
  /** Without it as the device does, by its ATC if it uses ATS. True: a Translated transaction to the address itself; false: an untranslated one. */
  readonly translated?: boolean | undefined;
  /** Bytes that a write stores, repeated over `length`. */
  readonly data: readonly number[];
  readonly expect: DmaExpectation | null;
}

/** What a step asserts of what was told of software. */
export interface ExpectInput {
  /** Kinds, in any order. */
  readonly misuse?: readonly MisuseId[] | undefined;
  /** Texts, each a part of what is told of a wasted command; none: nothing is told. */
  readonly wasted?: readonly string[] | undefined;
}

/** Inspections that labs of both kinds have: caches, queues and registers of the SMMU; ranges that a stage of a device maps; a walk. */
export const COMMON_INSPECTIONS = ['caches', 'queues', 'registers', 'stage1', 'stage2', 'walk'] as const;

export interface WalkInput {
  readonly device: string;
  readonly iova: Iova;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
  readonly ssid: number | null;
}

export interface CommonInspection {
  readonly what: (typeof COMMON_INSPECTIONS)[number];
  /** Of `stage1` and `stage2`. */
  readonly device: string | null;
  /** Of `stage1`: which CD. */
  readonly ssid: number;
  /** Of `walk`. */
  readonly walk: WalkInput | null;
}
