/** Schema of the guests' part of a stack lab: which kernel each VM runs. */
import type { z } from 'zod';
import { namedMap } from '../objects.ts';
import { REGISTERS } from '../../../model/spec/index.ts';
import { choice, object } from '../objects.ts';
import { fields } from '../record-fields.ts';
import { flag } from '../scalars.ts';

/** Those that say what a guest may do; the others are the implementation's. */
export const VIRTUAL_ID_REGISTERS = ['IDR0', 'IDR1', 'IDR3', 'IDR5'] as const;

const driver = object({
  rangeInvalidation: flag.default(true),
  hitless: flag.default(false),
  invalidation: choice('strict', 'lazy', 'passthrough').default('strict'),
}).prefault({});

const idRegister = (id: string) => fields(REGISTERS.get(id)!).optional();

/** Fields of the virtual SMMU's ID registers that differ from QEMU's. */
const vsmmu = object(Object.fromEntries(VIRTUAL_ID_REGISTERS.map((id) => [id, idRegister(id)]))).prefault({});

export const stackGuestSchema = namedMap('VMs', object({ driver, rmr: flag.default(true), vsmmu }));

export type StackGuestDocument = z.output<typeof stackGuestSchema>;
