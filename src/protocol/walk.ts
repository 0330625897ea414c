/** The nested walk of one transaction as a grid, and its steps as sentences. */
import { z } from 'zod';
import { fieldSchema, hexSchema, STATUSES, structureRefSchema } from './rows.ts';

const count = z.number().int().nonnegative();
const space = z.enum(['iova', 'ipa', 'pa']);
const word64 = z.string().regex(/^[0-9a-f]{16}$/);

const walkCellSchema = z.object({
  /** `hit`: a cache answered, nothing was read; `skipped`: a cache made this read unnecessary. */
  kind: z.enum(['read', 'hit', 'skipped', 'fault']),
  stage: z.number().int().nullable(),
  level: z.number().int().nullable(),
  address: hexSchema.nullable(),
  space,
  word: word64.nullable(),
  /** All words of the record: 8 of an STE or CD, 1 of a descriptor; `fields` are bits of these. */
  words: z.array(word64).optional(),
  verdict: z.enum(['ok', 'fault']),
  rule: z.string().optional(),
  section: z.string().optional(),
  /** Of a hit: the transaction that filled the entry. */
  origin: count.optional(),
  /** Of a hit: log2 of the bytes that the entry is about. */
  shift: count.optional(),
  /** The word after hardware's update of its flags. */
  becomes: word64.optional(),
  text: z.string(),
  fields: z.array(fieldSchema).optional(),
  /** Where the word lies; of a read, where something is known to lie. */
  structure: structureRefSchema.optional(),
});
export type WalkCell = z.infer<typeof walkCellSchema>;

const walkRowSchema = z.object({
  label: z.string(),
  cells: z.array(walkCellSchema.nullable()),
  /** What the row is about: the address that is read or translated. */
  address: hexSchema.nullable().optional(),
  space: space.optional(),
});
export type WalkRow = z.infer<typeof walkRowSchema>;

/** One stage as it decides: its leaf, what tables above it take away, what is left. */
const foldedStageSchema = z.object({
  /** `S1 L3`. */
  leaf: z.string(),
  /** `RWX/R--`: privileged and unprivileged. */
  permissions: z.string(),
  attributes: z.string(),
  /** What decided: `AP[2:1] 1, UXN`, `APTable[1] of S1 L1`. */
  from: z.array(z.string()),
});

/** How permissions and attributes of both stages become those of the access; null for a stage that is not there. */
const foldingSchema = z.object({
  stage1: foldedStageSchema.nullable(),
  stage2: foldedStageSchema.nullable(),
  permissions: z.string(),
  attributes: z.string(),
});
export type Folding = z.infer<typeof foldingSchema>;

/** A field that the rule looked at which decided, and where it is to be seen. */
const decidingFieldSchema = z.object({
  /** `STE.S2T0SZ`, `S1 L3 AP`. */
  name: z.string(),
  /** What its record calls it. */
  field: z.string(),
  /** null: the trace does not say. */
  value: z.string().nullable(),
  /** [row, column] of the cell of this walk that holds it. */
  cell: z.tuple([count, count]).optional(),
  /** Where a cache answered: what its entry was made from. */
  source: z.object({ title: z.string(), address: hexSchema.nullable(), words: z.array(word64), fields: z.array(fieldSchema) }).optional(),
  /** It is one of a register. */
  register: z.string().optional(),
});
export type DecidingField = z.infer<typeof decidingFieldSchema>;

export const walkViewSchema = z.object({
  txn: count,
  iova: hexSchema,
  status: z.enum(STATUSES),
  /** Rows `STE`, `CD`, `S1 L0`, ..., `Final IPA`; each has one cell a column. */
  rows: z.array(walkRowSchema),
  columns: z.array(z.string()),
  reads: count,
  /** Reads of the same walk with every cache off. */
  max: count,
  why: z.string(),
  /** What would have made it succeed, where it did not. */
  remedy: z.string().optional(),
  /** What decided, in the order in which the rule names it. */
  decided: z.array(decidingFieldSchema).optional(),
  /** null: no translation came of it. */
  folding: foldingSchema.nullable().optional(),
  /** [row, column]. */
  faultCell: z.tuple([count, count]).optional(),
});
export type WalkView = z.infer<typeof walkViewSchema>;
