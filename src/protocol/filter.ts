/** Filters of the lists of rows: whether a text is one, what can be written at a cursor, where a row is among those that match. */
import { z } from 'zod';
import { MAX_FILTER_TEXT, sortSchema, spanSchema } from './rows.ts';

const count = z.number().int().nonnegative();
const text = z.string().max(MAX_FILTER_TEXT);

const FILTER_LISTS = ['transactions', 'events', 'records'] as const;
const list = z.enum(FILTER_LISTS);
export type FilterList = z.infer<typeof list>;

export const listParams = z.object({ list });
/** `span` is of trace records, here and below. */
export const filterTextParams = z.object({ list, text, span: spanSchema.optional() });
export const filterCursorParams = z.object({ list, text, cursor: count });
/** `position` is that of a row in the whole list, from 0; `order` as `rows.sort` gave it. An empty text is no filter. */
export const filterLocateParams = z.object({ list, text, position: count, span: spanSchema.optional(), order: count.optional() });

export const sortParams = z.object({ list, text, span: spanSchema.optional(), sort: sortSchema });
/** `order` names it; of the orders made, the newest few can be asked for. */
export const sortedSchema = z.object({ order: count, total: count });
/** How far a filter or an order is, in rows of its list. */
export const rowsProgressSchema = z.object({ list, done: count, total: count });

/** Columns count from 1, the end is exclusive. */
const place = { column: z.number().int().positive(), endColumn: z.number().int().positive() };
const filterProblemSchema = z.object({ code: z.string(), message: z.string(), ...place });
export type FilterProblem = z.infer<typeof filterProblemSchema>;

export const filterCheckSchema = z.object({
  /** Why the text is no filter: the code that a window with it answers. */
  error: filterProblemSchema.nullable(),
  /** What cannot be meant: a test that is never true. */
  warnings: z.array(z.object({ message: z.string(), ...place })),
  /** Rows that match now, of `all`. */
  total: count,
  all: count,
});
export type FilterCheck = z.infer<typeof filterCheckSchema>;

const completionSchema = z.object({ text: z.string(), kind: z.enum(['field', 'value', 'operator']), detail: z.string(), doc: z.string() });
export type FilterCompletion = z.infer<typeof completionSchema>;

/** An item takes the place of the characters from `from` to `to`. */
export const filterCompletionsSchema = z.object({ from: count, to: count, items: z.array(completionSchema) });
export type FilterCompletions = z.infer<typeof filterCompletionsSchema>;

/** `index`: how many matches there are before the position, or its own place in the order; `found`: the row itself is one. */
export const filterLocatedSchema = z.object({ index: count, found: z.boolean() });

/** A place where a run stops: before the step in which the filter first matches, or at its end. */
export const stopSchema = z.object({ text: z.string().min(1).max(MAX_FILTER_TEXT), when: z.enum(['before', 'after']) });
export type Stop = z.infer<typeof stopSchema>;
/** At most so many at a time. */
export const MAX_STOPS = 64;

/** Which stop a run met: in which step, and by which transaction, where it was one. */
export const stoppedSchema = stopSchema.extend({ step: count, txn: count.nullable() });
export type Stopped = z.infer<typeof stoppedSchema>;

export const stopTextParams = z.object({ text });
export const stopCursorParams = z.object({ text, cursor: count });
export const stopCheckSchema = filterCheckSchema.pick({ error: true, warnings: true }).extend({
  /** What it is compared with: transactions, where they have all that it names, else all records of the trace. */
  list: z.enum(['transactions', 'records']).nullable(),
});
export type StopCheck = z.infer<typeof stopCheckSchema>;
