/** Memory as bytes, with the structures that lie in it: physical memory, and what each VM has at its IPAs. */
import { z } from 'zod';
import { fieldSchema, hexSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();
/** 'pa', or 'ipa:' and the name of a VM. */
const spaceId = z.string().max(220);
const address = hexSchema.max(18);

const overlaySchema = z.object({
  /** `stage 1 level 2 table of nic0`. */
  name: z.string(),
  kind: z.string(),
  owner: z.enum(['host', 'guest']),
  vm: z.string().nullable(),
  /** In the space that is looked at. */
  from: hexSchema,
  size: hexSchema,
});
export type Overlay = z.infer<typeof overlaySchema>;

/** Bytes of a row. */
export const MEMORY_ROW = 16;

const memoryRowSchema = z.object({
  address: hexSchema,
  /** null: nothing is there. */
  pa: hexSchema.nullable(),
  /** 32 digits, in memory order. */
  bytes: z.string().regex(/^[0-9a-f]{32}$/).nullable(),
  /** The innermost structure that the row is in. */
  overlay: overlaySchema.nullable(),
});
export type MemoryRow = z.infer<typeof memoryRowSchema>;

/** What lies at an address: the structure around it, and the record of it that holds the address. */
const memoryPlaceSchema = z.object({
  pa: hexSchema.nullable(),
  overlay: overlaySchema.nullable(),
  record: z.object({ title: z.string(), at: hexSchema, words: z.array(z.string()), fields: z.array(fieldSchema) }).nullable(),
});
export type MemoryPlace = z.infer<typeof memoryPlaceSchema>;

export const MEMORY_METHODS = {
  /** What memory there is: spaces with their regions, and what lies in the space that is asked for. */
  'memory.map': {
    params: z.object({ space: spaceId }),
    result: z.object({
      spaces: z.array(z.object({ id: z.string(), title: z.string() })),
      regions: z.array(z.object({ from: hexSchema, size: hexSchema })),
      overlays: z.array(overlaySchema),
    }),
  },
  /** Rows of 16 bytes, of one region after the other. */
  'memory.window': { params: z.object({ space: spaceId, from: count, count: z.number().int().min(0).max(MAX_WINDOW) }), result: z.object({ total: count, rows: z.array(memoryRowSchema) }) },
  'memory.at': { params: z.object({ space: spaceId, address }), result: memoryPlaceSchema },
  /** The row of an address of the space; of an IOVA, that of the PA where a walk puts it. Code `not-found` where nothing is there. */
  'memory.locate': {
    params: z.object({ space: spaceId, address, sid: z.number().int().min(0).max(0xffffffff).optional(), ssid: z.number().int().min(0).max(0xfffff).optional() }),
    result: z.object({ space: z.string(), row: count, address: hexSchema }),
  },
  /** The next place of some bytes after `after`; null: none in what was looked through. */
  'memory.search': { params: z.object({ space: spaceId, bytes: z.string().regex(/^(?:[0-9a-f]{2}){1,64}$/), after: address.nullable() }), result: z.object({ address: hexSchema.nullable(), searched: hexSchema, whole: z.boolean() }) },
};
