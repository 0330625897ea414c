/** Schema of the guests' part: for each VM, the CD and the stage-1 map of each of its devices. */
import { z } from 'zod';
import { guestContextKeys } from './map-schema.ts';
import { object } from './objects.ts';
import { shown } from './scalars.ts';

export const namedMap = <T extends z.ZodType>(what: string, value: T) =>
  z.record(z.string(), value, { error: (issue) => (issue.input === undefined ? undefined : `expected a map from names of ${what}; got ${shown(issue.input)}`) });

/** The guests' part of a lab, by VM. */
export const guestSchema = namedMap('VMs', object({ devices: namedMap('devices', object(guestContextKeys)).default({}) }));

export type GuestDocument = z.output<typeof guestSchema>;
