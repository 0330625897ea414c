/** What a verb is: one thing that a guest, the host or a device does, on plain input. */
import type { Result } from '../../base/result.ts';
import type { Outcome } from '../../smmu/outcome.ts';
import type { DmaInput, VerbInputs, VerbName } from '../data.ts';
import type { Machine } from '../machine.ts';

export interface Detail {
  readonly name: string;
  readonly value: string;
}

/** What a verb did. */
export interface Done {
  /** One line. */
  readonly text: string;
  /** What differs from the expectation, one clause each; empty: met; null: nothing was expected. */
  readonly differences: readonly string[] | null;
  readonly details?: readonly Detail[];
  readonly dma?: DmaDone;
  /** In a lab of the whole stack: what it brought about, to be held against the same step on another uAPI. */
  readonly outline?: readonly string[];
}

/** The transactions of a transfer, one for each 4 KiB page that it touched. */
export interface DmaDone {
  /** What was asked of the device. */
  readonly input: Omit<DmaInput, 'expect'>;
  /** The one that decided: the first that did not succeed, or the last. */
  readonly outcome: Outcome;
  readonly first: Outcome;
  readonly moved: number;
  readonly why: string;
  /** What a read brought, as far as it got; null when nothing. */
  readonly data: Uint8Array | null;
}

export interface Verb<V extends VerbName> {
  readonly name: V;
  /** Who does what, in a sentence. */
  readonly doc: string;
  /** An error is a step that could not be done at all; what the SMMU makes of it is never one. */
  execute(machine: Machine, input: VerbInputs[V]): Result<Done>;
}

export const done = (text: string, extra: Partial<Done> = {}): Done => ({ text, differences: null, ...extra });

/** `expected success, got fault`, or nothing when they agree. */
export const differ = (name: string, expected: string, got: string): readonly string[] =>
  expected === got ? [] : [`${name}: expected ${expected}, got ${got}`];
