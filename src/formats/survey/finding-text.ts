/** Findings of the linter for people and as JSON. */
import { hex } from '../../model/base/address.ts';
import type { Finding } from '../../model/survey/lint/index.ts';

export interface FindingJson {
  readonly rule: string;
  readonly section: string;
  readonly severity: Finding['severity'];
  readonly message: string;
  readonly sid: number | null;
  readonly ssid: number | null;
  readonly at: string | null;
  readonly input: string | null;
  readonly more: number;
}

const orNull = (address: bigint | null): string | null => (address === null ? null : hex(address));

export const findingJson = ({ at, input, ...rest }: Finding): FindingJson => ({ ...rest, at: orNull(at), input: orNull(input) });

/** `device`: whose StreamID it is. */
export function findingLine({ severity, rule, section, message, at, more }: Finding, device: string | null): string {
  const others = more === 0 ? '' : `, and ${more} more like it`;
  return `${severity}: ${message}${others}  [${rule}, IHI 0070 ${section}]${at === null ? '' : ` at PA ${hex(at)}`}${device === null ? '' : ` of ${device}`}\n`;
}

/** `2 errors, 1 warning, 6 for information`. */
export function countText(findings: readonly Finding[]): string {
  const count = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).reduce((sum, { more }) => sum + 1 + more, 0);
  const [errors, warnings] = [count('error'), count('warning')];
  return `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}, ${count('information')} for information`;
}
