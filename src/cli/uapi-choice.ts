/** `--uapi`: which uAPI a lab of the whole stack runs on. */
import type { LabData } from '../model/lab/index.ts';
import { UAPIS, withUapi } from '../model/lab/index.ts';
import { Refusal } from './refusal.ts';

/** The lab as the option asks; null: on all of them. */
export function onUapi(data: LabData, choice: string | undefined): LabData | null {
  if (choice === undefined) return data;
  const known = [...UAPIS, 'all'].join(', ');
  if (data.stack === undefined) throw new Refusal({ code: 'no-uapi', message: '--uapi is for labs of the whole stack, whose host names its uapi' });
  if (choice === 'all') return null;
  const uapi = UAPIS.find((one) => one === choice);
  if (uapi === undefined) throw new Refusal({ code: 'unknown-uapi', message: `--uapi takes ${known}; got ${choice}` });
  return withUapi(data, uapi);
}
