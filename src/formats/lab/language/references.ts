/** Where a name stands: what goes to its definition, lists its references and renames it. */
import type { NamedKind } from '../names.ts';
import type { Documents, PartName, Range } from '../problem.ts';
import { namedAt, occurrencesOf, treesOf } from './lab.ts';
import type { Occurrence } from './lab.ts';
import { offsetOf } from './tree.ts';

export interface Names {
  readonly kind: NamedKind;
  readonly name: string;
  /** The one that was asked about. */
  readonly range: Range;
  readonly places: readonly Occurrence[];
}

/** Every place that names the device or VM at a line and column; null: none is named there. */
export function names(documents: Documents, part: PartName, line: number, column: number): Names | null {
  const trees = treesOf(documents);
  const named = namedAt(trees, part, offsetOf(trees.trees[part], line, column));
  return named === null ? null : { kind: named.kind, name: named.name, range: named.range, places: occurrencesOf(trees, named) };
}
