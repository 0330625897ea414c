/** Registers as they are now: of the SMMU, and of each guest's virtual one. Reading them is no access of software. */
import { z } from 'zod';
import { fieldSchema, hexSchema } from './rows.ts';

const machine = z.string().max(200);

const registerValueSchema = z.object({ name: z.string(), value: hexSchema });

export const REGISTER_METHODS = {
  /** Every register by name, in the order of their offsets; `machine` as one of `machines`, '' is the physical SMMU. */
  'registers.list': {
    params: z.object({ machine }),
    result: z.object({ machines: z.array(z.object({ id: z.string(), title: z.string() })), values: z.array(registerValueSchema) }),
  },
  /** One of them, decoded; code `not-found`. */
  'registers.read': { params: z.object({ machine, name: z.string().max(40) }), result: z.object({ value: hexSchema, fields: z.array(fieldSchema) }) },
};
