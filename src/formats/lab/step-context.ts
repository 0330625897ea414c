/** What the checks of a step work with: the rest of the lab, the step's place, and names in it looked up. */
import type { GuestData, HostData, VerbName } from '../../model/lab/data.ts';
import { orKnown } from './check-guest.ts';
import { below } from './check-map.ts';
import type { Report, Where } from './report.ts';
import type { StepDocument } from './step-schema.ts';

/** The input of each verb as the schemas leave it. */
export type Documents = { readonly [V in VerbName]: NonNullable<StepDocument[V]> };

/** What a step can refer to. */
export interface Known {
  readonly host: HostData;
  readonly guests: readonly GuestData[];
}

export interface Context extends Known {
  readonly where: Where;
  readonly report: Report;
}

export function device(context: Context, name: string, ...path: string[]): HostData['devices'][number] | null {
  const found = context.host.devices.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = context.host.devices.map((one) => one.name);
  context.report.error(below(context.where, ...path), 'unknown-device', `there is no device ${name}; ${orKnown(name, known, 'host.devices')}`);
  return null;
}

export function vm(context: Context, name: string, ...path: string[]): HostData['vms'][number] | null {
  const found = context.host.vms.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = context.host.vms.map((one) => one.name);
  context.report.error(below(context.where, ...path), 'unknown-vm', `there is no VM ${name}; ${orKnown(name, known, 'host.vms')}`);
  return null;
}

export function refuse(context: Context, code: string, message: string, ...path: string[]): null {
  context.report.error(below(context.where, ...path), code, message);
  return null;
}
