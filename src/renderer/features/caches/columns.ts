import type { CacheKind } from '../../../protocol/contract.ts';
import type { GridColumn } from '../../widgets/grid.ts';

export const COLUMNS: readonly GridColumn[] = [
  { id: 'mark', title: 'state', width: 76 },
  { id: 'kind', title: 'cache', width: 52 },
  { id: 'tag', title: 'tag', width: 112, hint: 'what a lookup finds the entry by' },
  { id: 'input', title: 'input', width: 132 },
  { id: 'size', title: 'size', width: 34, align: 'end' },
  { id: 'output', title: 'output', width: 122, grow: true },
  { id: 'levels', title: 'from', width: 82, hint: 'where the leaf or the table was found' },
  { id: 'permissions', title: 'perms', width: 56, hint: 'privileged / unprivileged' },
  { id: 'origin', title: 'by', width: 30, align: 'end', hint: 'transaction that filled it' },
  { id: 'age', title: 'age', width: 28, align: 'end', hint: 'transactions since' },
  { id: 'hits', title: 'hits', width: 28, align: 'end', hint: 'how often it answered' },
];

export const KIND_NAMES: Readonly<Record<CacheKind, { readonly short: string; readonly long: string }>> = {
  config: { short: 'config', long: 'configuration cache: STE and CD, decoded' },
  ste: { short: 'STE', long: 'configuration cache: STEs by StreamID' },
  tlb: { short: 'TLB', long: 'TLB: translations by IOVA' },
  's2-tlb': { short: 'TLB S2', long: 'TLB: stage 2 alone, by IPA' },
  's1-walk': { short: 'walk S1', long: 'walk cache of stage 1: pointers to last-level tables' },
  's2-walk': { short: 'walk S2', long: 'walk cache of stage 2: pointers to last-level tables' },
  atc: { short: 'ATC', long: "the devices' own caches, filled by ATS" },
};
