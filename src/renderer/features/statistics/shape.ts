/** Numbers of a run as shapes and words. */
import type { RunStatistics } from '../../../protocol/contract.ts';

type Counts = Pick<RunStatistics['all'], 'transactions' | 'reads'>;

export const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
export const perTranslation = ({ reads, transactions }: Counts): string => (transactions === 0 ? '–' : (reads / transactions).toFixed(2));

/** A line through values, as the path of an SVG of the given size; the largest value touches its top. */
export function linePath(values: readonly number[], width: number, height: number, most = Math.max(...values, 0)): string {
  if (values.length === 0) return '';
  const step = values.length === 1 ? width : width / (values.length - 1);
  const points = values.map((value, at) => `${(at * step).toFixed(1)} ${(most === 0 ? height : height - (value / most) * height).toFixed(1)}`);
  return values.length === 1 ? `M0 ${points[0]!.split(' ')[1]!} H${width}` : `M${points.join(' L')}`;
}
