import { z } from 'zod';
import { hexValue } from '../json/read-json.ts';

/** The one format of captures there is so far. */
export const CAPTURE_FORMAT = 'smmu-capture-1';
/** Both 64 KiB register pages. */
export const REGISTER_BYTES = 0x2_0000;
const PAGE = 4096n;

const fileName = z.string().regex(/^[\w.-]+$/, { error: 'expected the name of a file in the capture folder, without a path' });
const count = z.number().int().nonnegative();
const range = {
  base: hexValue.refine((base) => base % PAGE === 0n, { error: 'expected a multiple of 4096' }),
  size: z.number().int().positive().multipleOf(4096, { error: 'expected a multiple of 4096' }).transform(BigInt),
};

/** `manifest.json` of a memory capture. Keys that are not used here are let through. */
export const manifestSchema = z.object({
  format: z.literal(CAPTURE_FORMAT, { error: `expected "${CAPTURE_FORMAT}"` }),
  description: z.string(),
  registers: z.object({
    file: fileName,
    mmioBase: hexValue,
    size: z.literal(REGISTER_BYTES, { error: `expected ${REGISTER_BYTES}, both register pages` }),
  }),
  segments: z.array(z.object({ ...range, file: fileName, offset: count })).min(1),
  zeroRanges: z.array(z.object(range)),
  ramBase: hexValue,
  ramSize: z.number().int().positive().transform(BigInt),
  /** Where memory has holes: its parts. */
  ramRanges: z.array(z.object({ base: hexValue, size: z.number().int().positive().transform(BigInt) })).min(1).optional(),
  keyRegisters: z.record(z.string(), hexValue),
  streams: z.array(z.object({ sid: count, config: count, mappings: count.nullable() })),
  /** Whose StreamIDs they are: as IORTs and device trees name them. */
  names: z.array(z.object({ name: z.string(), first: count, count, input: count, isPci: z.boolean() })).optional(),
  sha256: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 hexadecimal digits' })),
});

export type Manifest = z.infer<typeof manifestSchema>;
