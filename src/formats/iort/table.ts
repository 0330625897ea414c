/** An IORT as data: what is read out of one, and what one is written from. */

export interface IdMap {
  readonly inputBase: number;
  /** IDs in the range, not less one. */
  readonly count: number;
  readonly outputBase: number;
  /** Index of the node that takes the output. */
  readonly target: number;
  readonly single: boolean;
}

export interface RmrRange {
  readonly base: bigint;
  readonly size: bigint;
}

export interface IortNode {
  readonly type: number;
  readonly revision: number;
  readonly identifier: number;
  /** Members of the type's body that are not 0, under their names in layout.ts; counts and offsets are left out. */
  readonly values: Readonly<Record<string, bigint>>;
  /** Of a named component: its path in the ACPI namespace. */
  readonly name: string | null;
  /** Identifiers of the ITSs of a group. */
  readonly its: readonly number[];
  readonly ranges: readonly RmrRange[];
  readonly mappings: readonly IdMap[];
  /** 8 bytes and more of a type whose members this program does not have. */
  readonly raw: readonly number[];
}

export interface IortTable {
  readonly revision: number;
  readonly oemId: string;
  readonly oemTableId: string;
  readonly oemRevision: number;
  readonly creatorId: string;
  readonly creatorRevision: number;
  readonly nodes: readonly IortNode[];
}
