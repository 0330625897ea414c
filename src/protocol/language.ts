/** What an editor asks about the documents as they are now: pure answers, whatever the machine does meanwhile. */
import { z } from 'zod';
import { DOCUMENT_NAMES } from './errors.ts';
import { documentsSchema } from './run.ts';

const place = z.number().int().positive();
const document = z.enum(DOCUMENT_NAMES);

/** Lines and columns from 1, the end exclusive. */
const textRangeSchema = z.object({ line: place, column: place, endLine: place, endColumn: place });
export type TextRange = z.infer<typeof textRangeSchema>;

const cursorParams = z.object({ documents: documentsSchema, document, line: place, column: place });
const formatted = z.object({ text: z.string().nullable() });

export const COMPLETION_KINDS = ['verb', 'key', 'field', 'word', 'name', 'address'] as const;

export const completionSchema = z.object({
  label: z.string(),
  kind: z.enum(COMPLETION_KINDS),
  detail: z.string(),
  /** Markdown. */
  text: z.string(),
  /** What is written, with places to fill in, as `${1:nic0}`. */
  snippet: z.string(),
  /** It stands before the others. */
  first: z.boolean(),
});
export type Completion = z.infer<typeof completionSchema>;

const textEditSchema = z.object({ document, range: textRangeSchema, text: z.string() });
export type TextEdit = z.infer<typeof textEditSchema>;

const fixSchema = z.object({
  title: z.string(),
  /** Code and place of the problem that it mends. */
  code: z.string(),
  range: textRangeSchema,
  edits: z.array(textEditSchema),
  preferred: z.boolean(),
});
export type Fix = z.infer<typeof fixSchema>;

export interface OutlineEntry {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'map' | 'list' | 'value' | 'step';
  readonly range: TextRange;
  readonly at: TextRange;
  readonly children: readonly OutlineEntry[];
}

const outlineSchema: z.ZodType<OutlineEntry> = z.lazy(() =>
  z.object({ name: z.string(), detail: z.string(), kind: z.enum(['map', 'list', 'value', 'step']), range: textRangeSchema, at: textRangeSchema, children: z.array(outlineSchema) }),
);

const namesSchema = z.object({
  kind: z.enum(['device', 'vm']),
  name: z.string(),
  range: textRangeSchema,
  /** Every place of the three documents that names it. */
  places: z.array(z.object({ document, range: textRangeSchema, definition: z.boolean() })),
});
export type Names = z.infer<typeof namesSchema>;

export const LANGUAGE_METHODS = {
  'language.complete': { params: cursorParams, result: z.object({ range: textRangeSchema, items: z.array(completionSchema) }) },
  'language.hover': { params: cursorParams, result: z.object({ range: textRangeSchema, text: z.string() }).nullable() },
  /** What would mend the problems that touch a range. */
  'language.fixes': { params: z.object({ documents: documentsSchema, document, range: textRangeSchema }), result: z.array(fixSchema) },
  /** Null: the text is no sound YAML, and stays as it is. */
  'language.format': { params: z.object({ text: documentsSchema.shape.host }), result: formatted },
  'language.outline': { params: z.object({ document, text: documentsSchema.shape.host }), result: z.array(outlineSchema) },
  /** The device or VM that is named at a place, or null. */
  'language.names': { params: cursorParams, result: namesSchema.nullable() },
} as const;
