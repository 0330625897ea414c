/** Structures in memory as a tree: stream table, STEs, CDs, translation tables, down to the leaves; of the SMMU and of each guest. */
import { z } from 'zod';
import { fieldSchema, hexSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();
const word64 = z.string().regex(/^[0-9a-f]{16}$/);
const placeSchema = z.object({ space: z.enum(['iova', 'ipa', 'pa']), address: hexSchema });

/** A field, or several, with values that the architecture calls ILLEGAL. */
const illegalSchema = z.object({ rule: z.string(), section: z.string(), event: z.string(), message: z.string(), fields: z.array(z.string()) });
export type Illegal = z.infer<typeof illegalSchema>;

const structureNodeSchema = z.object({
  /** The way to it from the root: `physical/ste:0x10/cd:0/ttb0/5`. */
  id: z.string(),
  kind: z.enum(['smmu', 'l1std', 'ste', 'l1cd', 'cd', 'tables', 'descriptor']),
  title: z.string(),
  /** What it says, in a few words. */
  text: z.string(),
  owner: z.enum(['host', 'guest']),
  vm: z.string().nullable(),
  /** Where it lies, as its owner knows it, and where that is; null: stage 2 maps nothing there. */
  at: placeSchema.nullable(),
  pa: hexSchema.nullable(),
  /** Of a descriptor: the first address that it is for, and where it leads. */
  input: placeSchema.nullable(),
  /** How many bytes from `input` on. */
  size: hexSchema.nullable(),
  output: placeSchema.nullable(),
  words: z.array(word64),
  fields: z.array(fieldSchema),
  illegal: z.array(illegalSchema),
  /** What can be opened below it. */
  children: count,
});
export type StructureNode = z.infer<typeof structureNodeSchema>;

/** Levels of a tree: L1STD, STE, L1CD, CD, half, four levels. */
const MAX_ID = 400;

export const STRUCTURE_METHODS = {
  /** What lies below a node; '' are the roots: the SMMU, and each guest's. Code `not-found` where the node is not there any more. */
  'structures.children': {
    params: z.object({ parent: z.string().max(MAX_ID), from: count, count: z.number().int().min(0).max(MAX_WINDOW) }),
    result: z.object({ total: count, rows: z.array(structureNodeSchema) }),
  },
  /** The ids of the nodes that lead a stream to an address of its own, from the root on; the deepest that is there is the last. */
  'structures.locate': {
    params: z.object({ sid: z.number().int().min(0).max(0xffffffff), ssid: z.number().int().min(0).max(0xfffff).optional(), iova: hexSchema.max(18) }),
    result: z.object({ path: z.array(z.string()) }),
  },
  /** The same for the innermost structure whose words hold a PA or an IPA; empty: none does, or none among those that were looked through. */
  'structures.find': { params: placeSchema.extend({ space: z.enum(['ipa', 'pa']), address: hexSchema.max(18) }), result: z.object({ path: z.array(z.string()) }) },
};
