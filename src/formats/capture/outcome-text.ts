import type { Outcome } from '../../model/smmu/smmu.ts';

/** An outcome in one line, for a report. */
export function outcomeText({ status, pa, pageSize, fault }: Outcome): string {
  const parts: string[] = [status];
  if (fault !== undefined) parts.push(`${fault.name}${fault.stage === 0 ? '' : ` stage ${fault.stage}`}`);
  if (pa !== undefined) parts.push(`PA 0x${pa.toString(16)}`);
  if (pageSize !== undefined) parts.push(`page ${pageSize}`);
  return parts.join(', ');
}
