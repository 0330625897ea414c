/** What was exported or is to be imported, in sentences with its counts. */
import type { BundleReport, RecordDifference, ReplayReport, ResultOf } from '../../../protocol/contract.ts';
import { counted } from '../../widgets/counted.ts';
import { cutText } from '../../widgets/cut-text.ts';

/** Numbers of steps with anything between them; null: there is something else. */
export function stepsIn(text: string): number[] | null {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return words.every((word) => /^\d{1,9}$/.test(word)) ? words.map(Number) : null;
}

const lacking = (dropped: number, omitted: number, cut: boolean, records: number): string => [...(cut ? [cutText(records)] : []), ...(dropped === 0 ? [] : [`${counted(dropped, 'record')} dropped`]), ...(omitted === 0 ? [] : [`${counted(omitted, 'record')} left out`])].map((one) => `, ${one}`).join('');

export function runWords(run: BundleReport['run']): string {
  if (run === null) return 'no run';
  const { records, transactions, faults, steps, dropped, omitted, cut } = run;
  return `${counted(records, 'record')} of ${counted(steps, 'step')}: ${counted(transactions, 'transaction')}, ${counted(faults, 'fault')}${lacking(dropped, omitted, cut, records)}`;
}

export const bundleWords = ({ parts, run, states }: BundleReport): string =>
  `${counted(parts.length + 1, 'part')}; ${runWords(run)}${states.length === 0 ? '' : `; registers and memory after step ${states.map(({ step }) => step).join(', ')}`}${run?.digest == null ? '' : `; digest ${run.digest.slice(0, 12)}`}.`;

export const traceWords = ({ written, records, dropped, omitted, cut }: Pick<ResultOf<'traces.export'>, 'written' | 'records' | 'dropped' | 'omitted' | 'cut'>): string =>
  `${written.toLocaleString()} of ${counted(records, 'record')} written${dropped + omitted === 0 && !cut ? '' : `; when it ran${lacking(dropped, omitted, cut, records).slice(1)}`}.`;

export const replayWords = ({ same, digest, expected, engine, differs }: ReplayReport): string =>
  same ? `✓ The same trace: digest ${expected.slice(0, 12)}.` : `✗ Another trace: digest ${digest?.slice(0, 12) ?? 'none'}; the bundle, made by smmu-lab ${engine}, has ${expected.slice(0, 12)}.${differs === undefined ? '' : ` ${differenceWords(differs)}`}`;

const quoted = (text: string | null): string => (text === null ? 'nothing: it has ended' : `“${text}”`);
const differenceWords = ({ position, before, now }: RecordDifference): string => `They part at record ${position.toLocaleString()}: the bundle has ${quoted(before)}; run anew it is ${quoted(now)}.`;
