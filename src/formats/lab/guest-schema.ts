/** Schema of the guests' part: for each VM, the CD and the stage-1 map of each of its devices. */
import type { z } from 'zod';
import { guestContextKeys } from './map-schema.ts';
import { namedMap, object } from './objects.ts';

/** The guests' part of a lab, by VM. */
export const guestSchema = namedMap('VMs', object({ devices: namedMap('devices', object(guestContextKeys)).default({}).describe('stage 1 of each nested device of the VM, by its name') }));

export type GuestDocument = z.output<typeof guestSchema>;
