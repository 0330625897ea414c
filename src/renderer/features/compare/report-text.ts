/** A comparison as text and glyphs, as `smmu-lab compare` says it. */
import type { Comparison, ComparedRecord, ComparedStep, Difference, DifferenceClass } from '../../../protocol/contract.ts';
import { DIFFERENCE_CLASSES } from '../../../protocol/contract.ts';
import { counted } from '../../widgets/counted.ts';

/** Never by colour alone: a glyph and a word. */
export const CLASS_LOOKS: Readonly<Record<DifferenceClass, { readonly glyph: string; readonly word: string }>> = {
  missing: { glyph: '−', word: 'only A' },
  extra: { glyph: '+', word: 'only B' },
  changed: { glyph: '≠', word: 'changed' },
  reordered: { glyph: '⇅', word: 'moved' },
};

export function summaryOf({ differing, steps, counts }: Comparison): string {
  if (differing === 0) return 'No difference.';
  const classes = DIFFERENCE_CLASSES.filter((one) => counts[one] > 0).map((one) => `${counts[one].toLocaleString()} ${one}`);
  const first = steps[0]!.step;
  return `${differing === 1 ? '1 step differs' : `${differing.toLocaleString()} steps differ`}, the first is ${first === 0 ? 'before step 1' : `step ${first}`}: ${classes.join(', ')}.`;
}

export const stepTitle = ({ step, a, b }: ComparedStep): string => {
  const said = a ?? b;
  return step === 0 ? 'before the first step' : said === null ? `step ${step}` : `step ${step} ${said.verb}`;
};

export interface FieldLine {
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
  readonly mark: 'same' | 'changed' | 'only A' | 'only B';
}

type NamedFields = Pick<ComparedRecord, 'name' | 'fields'>;

/** All fields of both records, those that differ first. */
export function fieldLines({ a, b }: { readonly a: NamedFields | null; readonly b: NamedFields | null }): readonly FieldLine[] {
  const of = (record: NamedFields | null): Readonly<Record<string, string>> => (record === null ? {} : { what: record.name, ...record.fields });
  const [left, right] = [of(a), of(b)];
  const lines = [...new Set([...Object.keys(left), ...Object.keys(right)])].map((name): FieldLine => {
    const [one, other] = [left[name] ?? null, right[name] ?? null];
    return { name, a: one, b: other, mark: one === null ? 'only B' : other === null ? 'only A' : one === other ? 'same' : 'changed' };
  });
  return [...lines.filter(({ mark }) => mark !== 'same'), ...lines.filter(({ mark }) => mark === 'same')];
}

/** The whole report, to be pasted into a mail. */
export function reportText(report: Comparison): string {
  const steps = report.steps.flatMap((step) => {
    const { a, b, reasons, differences, counts } = step;
    const said = a !== null && b !== null && a.text !== b.text ? [`  A: ${a.text}`, `  B: ${b.text}`] : [];
    const untold = DIFFERENCE_CLASSES.reduce((sum, one) => sum + counts[one], 0) - differences.reduce((sum, { times }) => sum + times, 0);
    const text = a !== null && b !== null && a.text === b.text ? `${stepTitle(step)}: ${a.text}` : stepTitle(step);
    return [
      text,
      ...said,
      ...reasons.map(({ id, section, text: why }) => `  why      ${id} (${section}): ${why}`),
      ...differences.flatMap(differenceText),
      ...(untold > 0 ? [`  and ${counted(untold, 'difference')} more`] : []),
    ];
  });
  const others = report.differing - report.steps.length;
  return [`A: ${report.a}`, `B: ${report.b}`, ...steps, ...(others > 0 ? [`and ${counted(others, 'step')} more that ${others === 1 ? 'differs' : 'differ'}`] : []), summaryOf(report), ''].join('\n');
}

function differenceText({ class: kind, a, b, fields, times }: Difference): string[] {
  const head = `  ${CLASS_LOOKS[kind].word.padEnd(8)} ${times === 1 ? '' : `${times.toLocaleString()} times: `}${(a ?? b)!.text}`;
  if (kind === 'changed') return [head, ...fields.map(({ name, a: before, b: after }) => `             ${name}: A ${before ?? 'none'}, B ${after ?? 'none'}`)];
  return kind === 'reordered' ? [`${head} (record ${a!.seq} of A, ${b!.seq} of B)`] : [head];
}
