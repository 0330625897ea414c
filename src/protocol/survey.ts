/** The structures of a machine looked through as a whole: what streams map, who reaches an address, what is wrong, what became of its events. */
import { z } from 'zod';
import { hexSchema, MAX_WINDOW } from './rows.ts';

const count = z.number().int().nonnegative();
const sid = z.number().int().min(0).max(0xffffffff);
const ssid = z.number().int().min(0).max(0xfffff);

/** Events that are put beside memory at once. */
export const MAX_BESIDE = 4096;

/** A range that a stream maps. */
const mappingSchema = z.object({
  sid,
  /** null: no stage 1. */
  ssid: ssid.nullable(),
  iova: hexSchema,
  size: hexSchema,
  /** null: one stage only. */
  ipa: hexSchema.nullable(),
  /** null: stage 2 maps nothing there. */
  pa: hexSchema.nullable(),
  pageSize: hexSchema,
  stages: z.string(),
  /** What both stages let an ordinary device do: `RW`, `R-`, `-W`, `--`. */
  rights: z.string(),
  /** What each stage says. */
  attributes: z.string(),
  /** PA of the descriptor with which the range begins. */
  descriptors: z.object({ stage1: hexSchema.nullable(), stage2: hexSchema.nullable() }),
});
export type MappedRange = z.infer<typeof mappingSchema>;

/** Whose StreamID it is, where a lab or a table of firmware names it. */
const device = z.string().nullable();
const eventWords = z.array(z.string().regex(/^[0-9a-f]{16}$/));

const findingSchema = z.object({
  /** Of the architecture, or `lint.` and a name. */
  rule: z.string(),
  section: z.string(),
  severity: z.enum(['error', 'warning', 'information']),
  message: z.string(),
  sid: sid.nullable(),
  device,
  ssid: ssid.nullable(),
  /** PA of the structure; null: of a register. */
  at: hexSchema.nullable(),
  /** The first input address that it is about. */
  input: hexSchema.nullable(),
  /** How many like it follow. */
  more: count,
});
export type StructureFinding = z.infer<typeof findingSchema>;

/** An event beside the structures that caused it. */
const besideSchema = z.object({
  words: eventWords,
  /** null: no event of the architecture. */
  type: z.string().nullable(),
  sid: sid.nullable(),
  device,
  ssid: ssid.nullable(),
  iova: hexSchema.nullable(),
  access: z.enum(['read', 'write', 'execute']).nullable(),
  privileged: z.boolean(),
  /** What the same access does now: this event, another, no fault; null: there is none to ask about, or what decides was not captured. */
  now: z.enum(['same', 'other', 'none']).nullable(),
  text: z.string(),
  rule: z.string().nullable(),
  /** PA of the structure that decides, and what it is: `STE`, `stage 1 level 3 descriptor`. */
  cause: hexSchema.nullable(),
  what: z.string().nullable(),
});
export type EventBeside = z.infer<typeof besideSchema>;

/** One of the event queue, or of a log that came with the capture. */
const heldEventSchema = besideSchema.extend({
  /** In the queue; null: it is of a log. */
  slot: count.nullable(),
  /** Of the log, 1-based. */
  line: count.nullable(),
  /** Software has not taken it yet. */
  pending: z.boolean(),
});
export type HeldEvent = z.infer<typeof heldEventSchema>;

export const SURVEY_METHODS = {
  /** Ranges of one stream; `cut`: there are more than are listed. */
  'survey.mappings': {
    params: z.object({ sid, from: count, count: z.number().int().min(0).max(MAX_WINDOW) }),
    result: z.object({ total: count, cut: z.boolean(), rows: z.array(mappingSchema) }),
  },
  /** Who reaches a physical address: ranges with the input addresses that lead there, and structures that lie there. */
  'survey.who': {
    params: z.object({ pa: hexSchema.max(18) }),
    result: z.object({
      reaching: z.array(mappingSchema.extend({ at: z.object({ iova: hexSchema, ipa: hexSchema.nullable() }) })),
      structures: z.array(z.object({ name: z.string(), pa: hexSchema, size: hexSchema })),
    }),
  },
  /** What the linter says; at most some thousand. */
  'survey.findings': { params: z.object({}), result: z.object({ rows: z.array(findingSchema), text: z.string() }) },
  /** Records that lie in the event queue, newest first; then those of logs that came with a capture, by line. */
  'survey.events': { params: z.object({}), result: z.array(heldEventSchema) },
  /** Event records from elsewhere, such as a log, put beside what the machine has in memory, in their order. */
  'survey.beside': { params: z.object({ events: z.array(eventWords.length(4)).max(MAX_BESIDE) }), result: z.array(besideSchema) },
  /** Whose the StreamIDs of the stream table are, as far as anything names them. */
  'survey.names': { params: z.object({}), result: z.array(z.object({ sid, name: z.string() })) },
};
