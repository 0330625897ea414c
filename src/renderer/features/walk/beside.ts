/** Two walks of one access as one grid: what the transaction went by, and what memory says now. */
import type { WalkCell, WalkNow, WalkRow, WalkView } from '../../../protocol/contract.ts';

export interface BesideCell {
  readonly held: WalkCell | null;
  readonly now: WalkCell | null;
  readonly differs: boolean;
}

export interface BesideRow {
  readonly label: string;
  readonly held: WalkRow | null;
  readonly now: WalkRow | null;
  readonly cells: readonly (BesideCell | null)[];
}

export interface BesideView {
  readonly columns: readonly string[];
  readonly rows: readonly BesideRow[];
  /** Cells that differ. */
  readonly differences: number;
}

/** Hardware's own updates of flags are no difference: the entry knows them. */
const wordOf = (cell: WalkCell): string | null => cell.becomes ?? cell.word;

function differ(held: WalkCell | null, now: WalkCell | null, changed: ReadonlySet<string>): boolean {
  if (now?.address != null && changed.has(now.address)) return true;
  if (held === null || now === null) return (held ?? now)?.kind === 'fault' || held?.kind === 'read';
  // What a cache answered was read by somebody else, at an address that is not known here.
  if (held.kind !== 'read' || now.kind !== 'read') return held.verdict !== now.verdict;
  return wordOf(held) !== wordOf(now) || held.address !== now.address || held.verdict !== now.verdict;
}

/** Rows of both by their labels, in the order of the walk of now; what only the other has comes where it had it. */
function labelsOf(held: WalkView, now: WalkView): string[] {
  const labels = now.rows.map(({ label }) => label);
  held.rows.forEach(({ label }, at) => {
    if (labels.includes(label)) return;
    const before = held.rows[at - 1]?.label;
    labels.splice(before === undefined ? 0 : labels.indexOf(before) + 1, 0, label);
  });
  return labels;
}

export function besideView({ held, now, stale }: Pick<WalkNow, 'held' | 'now' | 'stale'>): BesideView {
  const changed = new Set(stale.flatMap(({ words }) => words.map(({ pa }) => pa)));
  const rows = labelsOf(held, now).map((label): BesideRow => {
    const [before, after] = [held, now].map(({ rows: all }) => all.find((row) => row.label === label) ?? null) as [WalkRow | null, WalkRow | null];
    const cells = now.columns.map((_, column): BesideCell | null => {
      const [one, other] = [before?.cells[column] ?? null, after?.cells[column] ?? null];
      return one === null && other === null ? null : { held: one, now: other, differs: differ(one, other, changed) };
    });
    return { label, held: before, now: after, cells };
  });
  return { columns: now.columns, rows, differences: rows.flatMap(({ cells }) => cells).filter((cell) => cell?.differs === true).length };
}
