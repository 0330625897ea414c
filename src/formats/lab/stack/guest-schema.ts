/** Schema of the guests' part of a stack lab: which kernel each VM runs. */
import type { z } from 'zod';
import { namedMap } from '../guest-schema.ts';
import { choice, object } from '../objects.ts';
import { flag } from '../scalars.ts';

const driver = object({
  rangeInvalidation: flag.default(true),
  hitless: flag.default(false),
  invalidation: choice('strict', 'lazy', 'passthrough').default('strict'),
}).prefault({});

export const stackGuestSchema = namedMap('VMs', object({ driver, rmr: flag.default(true) }));

export type StackGuestDocument = z.output<typeof stackGuestSchema>;
