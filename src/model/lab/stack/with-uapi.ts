/** The same lab on another uAPI: host, guests and steps stay as they are. */
import type { Uapi } from '../../stack/assembly/data.ts';
import type { LabData } from '../data.ts';

export function withUapi(lab: LabData, uapi: Uapi): LabData {
  return lab.stack === undefined ? lab : { ...lab, stack: { ...lab.stack, data: { ...lab.stack.data, uapi } } };
}
