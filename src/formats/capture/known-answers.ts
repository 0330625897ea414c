import { z } from 'zod';
import { hexValue } from '../json/read-json.ts';

/** What is known about a capture: answers to compare with. */

const stream = { sid: z.number().int().nonnegative(), ssid: z.number().int().nonnegative().nullable() };
const rights = z.enum(['rw', 'ro', 'wo']);
const access = z.enum(['read', 'write']);

const translationSchema = z.object({
  ...stream,
  iova: hexValue,
  access,
  pa: hexValue,
  /** null: bypass. For nested, the smaller of the two stages'. */
  pageSize: z.number().int().positive().nullable(),
  /** Rights of stage 1 where there is one, else of stage 2. */
  perm: rights,
  /** Nested: the rights of stage 2. */
  s2perm: rights.optional(),
  stage: z.string(),
  source: z.string(),
});
export type KnownTranslation = z.infer<typeof translationSchema>;
export const translationsSchema = z.array(translationSchema);

export const unmappedSchema = z.array(z.object({ ...stream, iova: hexValue, expect: z.string() }));
export type KnownUnmapped = z.infer<typeof unmappedSchema>[number];

export const recordWords = z.array(hexValue).length(4, { error: 'expected the 4 words of an event record' });

export const faultsSchema = z.array(
  z.object({
    sid: stream.sid,
    iova: hexValue,
    access,
    event: z.string(),
    raw: recordWords,
    /** False where the tables changed since, or where QEMU was wrong. */
    reproducibleAtStop: z.boolean(),
  }),
);
export type KnownFault = z.infer<typeof faultsSchema>[number];

export const specExpectedSchema = z.object({ note: z.string(), translations: translationsSchema });

export const eventCasesSchema = z.object({
  kernel: z.string(),
  cases: z.array(
    z.object({
      case: z.string(),
      sid: stream.sid,
      /** What was written over a structure before. */
      poke: z.string().optional(),
      /** The access of stream `sid`; absent where the case is about a queue. */
      dma: z.string().optional(),
      records: z.array(recordWords),
      dmesg: z.array(z.string()),
    }),
  ),
});
export type EventCase = z.infer<typeof eventCasesSchema>['cases'][number];
