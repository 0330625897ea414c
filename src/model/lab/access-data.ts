/** What a step of either kind of lab says of an access and of a place in memory: plain data, addresses as bigint. */
import type { Iova, Ipa, Pa } from '../base/address.ts';

/** Raw fields of a record under the architecture's names; an address field takes the full address. */
export type Fields = Readonly<Record<string, bigint>>;

/** Where a step reads or writes memory: a PA, or an IPA of a VM. */
export type MemoryPlace =
  { readonly space: 'pa'; readonly address: Pa } | { readonly space: 'ipa'; readonly vm: string; readonly address: Ipa };

export interface DmaExpectation {
  readonly status?: 'success' | 'fault' | 'bypass' | 'abort' | undefined;
  readonly pa?: Pa | undefined;
  readonly event?: string | undefined;
  readonly stage?: number | undefined;
  readonly class?: 'CD' | 'TT' | 'IN' | undefined;
  readonly ipa?: Ipa | undefined;
  /** Whether an event record was written to the queue. */
  readonly recorded?: boolean | undefined;
  readonly rule?: string | undefined;
  readonly reads?: number | undefined;
  readonly pageSize?: bigint | undefined;
  readonly data?: readonly number[] | undefined;
}

export interface DmaInput {
  readonly device: string;
  readonly iova: Iova;
  readonly access: 'read' | 'write' | 'execute';
  readonly length: number;
  readonly privileged: boolean;
  readonly ssid: number | null;
  /** Bytes that a write stores, repeated over `length`. */
  readonly data: readonly number[];
  readonly expect: DmaExpectation | null;
}
