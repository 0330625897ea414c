/**
 * What a UI can ask of a lab host, and what the host says unasked. The same table serves Electron, the browser and the
 * tests; each side parses what it receives with these schemas.
 */
import { z } from 'zod';
import { actionSchema, journalStateSchema, MAX_NOTES, tagsSchema } from './journal.ts';
import { bookmarkPlaceSchema, bookmarkSchema, MAX_BOOKMARK_NOTE, storeSizeSchema, versionSchema } from './store.ts';
import { filterCheckSchema, filterCompletionsSchema, filterCursorParams, filterLocatedSchema, filterLocateParams, filterTextParams, listParams, MAX_STOPS, rowsProgressSchema, sortedSchema, sortParams, stopCheckSchema, stopCursorParams, stopSchema, stopTextParams } from './filter.ts';
import { addressPlaceSchema, decodedSchema, eventRowSchema, hexSchema, listFieldSchema, queueSchema, recordRowSchema, recordViewSchema, RESUME_ANSWERS, stalledRowSchema, transactionRowSchema, windowCounts, windowParams } from './rows.ts';
import { ringParams, ringSchema, ringWindowSchema } from './rings.ts';
import { COMPARE_METHODS } from './compare.ts';
import { EXCHANGE_METHODS } from './exchange.ts';
import { LANGUAGE_METHODS } from './language.ts';
import { LIVE_QEMU_METHODS } from './live-qemu.ts';
import { LOOKING_METHODS } from './looking.ts';
import { problemSchema } from './errors.ts';
import { qemuComparisonSchema, qemuProgressSchema } from './qemu.ts';
import { faultWindowSchema, pathParams, pathPlaceSchema, pathWindowSchema } from './path.ts';
import { statisticsSchema } from './statistics.ts';
import { walkNowSchema } from './walk-now.ts';
import { walkViewSchema } from './walk.ts';
import {
  bytesSchema,
  captureStreamSchema,
  captureSummarySchema,
  documentsSchema,
  MAX_DECODED,
  MAX_DOCUMENT,
  recordingSchema,
  runStateSchema,
  sampleSchema,
  sessionSchema,
  storedRunSchema,
  UAPI_NAMES,
} from './run.ts';

export * from './caches.ts';
export * from './compare.ts';
export * from './exchange.ts';
export * from './filter.ts';
export * from './journal.ts';
export * from './language.ts';
export * from './live-qemu.ts';
export * from './looking.ts';
export * from './store.ts';
export * from './rows.ts';
export * from './path.ts';
export * from './qemu.ts';
export * from './rings.ts';
export * from './memory.ts';
export * from './registers.ts';
export * from './statistics.ts';
export * from './structures.ts';
export * from './survey.ts';
export * from './walk.ts';
export * from './walk-now.ts';
export * from './run.ts';
export * from './errors.ts';

// A page's Content-Security-Policy forbids eval, and zod would try it once and be reported: say so beforehand.
z.config({ jitless: true });

/** Version of this table; `hello` refuses another. */
export const PROTOCOL_VERSION = 1;

interface MethodDef {
  readonly params: z.ZodType;
  readonly result: z.ZodType;
}

const none = z.object({});
const id = z.string().min(1).max(200);
const txnParams = z.object({ txn: z.number().int().nonnegative() });
const title = z.string().min(1).max(200);
const working = { title: z.string(), notes: z.string(), tags: tagsSchema, documents: documentsSchema, journal: journalStateSchema };

const saving = {
  canSave: z.boolean(),
  /** Why sessions cannot be saved, or can only be read. */
  saveProblem: z.string().optional(),
  /** `store.retry` may help. */
  mayRetry: z.boolean().optional(),
};

export const METHODS = {
  hello: {
    params: z.object({ protocol: z.number() }),
    result: z.object({
      protocol: z.number(),
      version: z.string(),
      ...saving,
      platform: z.string(),
      /** Ids of commands that the window is to run once its first lab is there; told to the first window only. */
      commands: z.array(z.string()).optional(),
    }),
  },
  'samples.list': { params: none, result: z.array(sampleSchema) },
  'samples.open': { params: z.object({ id }), result: z.object({ title: z.string(), documents: documentsSchema }) },
  'documents.check': { params: z.object({ documents: documentsSchema }), result: z.object({ problems: z.array(problemSchema) }) },
  ...LANGUAGE_METHODS,
  /** Builds the machine, position 0; a lab of the whole stack on `uapi` instead of the one that its host names. A document with errors is refused: code `bad-document`, with its problems. */
  'run.load': { params: z.object({ documents: documentsSchema, uapi: z.enum(UAPI_NAMES).optional() }), result: runStateSchema },
  /** Runs to the end of the steps, or to where `run.stop` or cancelling stops it; with `stops` to the first that is met (then `stopped` says which). A bad one is refused as a bad filter is. */
  'run.run': { params: z.object({ stops: z.array(stopSchema).max(MAX_STOPS).optional() }), result: runStateSchema },
  'run.step': { params: none, result: runStateSchema },
  /** To where so many steps are done: on from here, or back to the machine and the trace as they were there. */
  'run.seek': { params: z.object({ position: z.number().int().nonnegative() }), result: runStateSchema },
  /** Back to the last place before this one where one of `stops` was met (then `stopped` says which), to the start where none was. */
  'run.back': { params: z.object({ stops: z.array(stopSchema).max(MAX_STOPS) }), result: runStateSchema },
  'run.reset': { params: none, result: runStateSchema },
  'run.stop': { params: none, result: runStateSchema },
  'run.state': { params: none, result: runStateSchema },
  /** From the next `run.load` or `run.reset` on. */
  'recording.set': { params: recordingSchema.partial(), result: recordingSchema },
  /** At once: what the machine does while it is paused is counted and left out. */
  'recording.pause': { params: z.object({ paused: z.boolean() }), result: runStateSchema },
  /** A text that is no filter is refused, here and by `filter.locate`: code `filter-...`, with the column. */
  'transactions.window': { params: windowParams, result: z.object({ ...windowCounts, rows: z.array(transactionRowSchema) }) },
  'events.window': {
    params: windowParams,
    result: z.object({ ...windowCounts, rows: z.array(eventRowSchema), queue: queueSchema.nullable() }),
  },
  /** All records of the trace: accesses, what the SMMU read, looked up and filled for them, commands, events, uAPI calls, faults, stalls. */
  'records.window': { params: windowParams, result: z.object({ ...windowCounts, rows: z.array(recordRowSchema) }) },
  'records.view': { params: z.object({ position: z.number().int().nonnegative() }), result: recordViewSchema },
  /** What can be a column of a list, or asked for by its filter, and is ever there. */
  'rows.fields': { params: listParams, result: z.array(listFieldSchema) },
  /** Sorts the rows that a filter shows, all of them for an empty text; cancelling ends it. */
  'rows.sort': { params: sortParams, result: sortedSchema },
  'filter.check': { params: filterTextParams, result: filterCheckSchema },
  'filter.complete': { params: filterCursorParams, result: filterCompletionsSchema },
  'filter.locate': { params: filterLocateParams, result: filterLocatedSchema },
  /** Whether a text can be a stop, and what can be written in one. */
  'stops.check': { params: stopTextParams, result: stopCheckSchema },
  'stops.complete': { params: stopCursorParams, result: filterCompletionsSchema },
  'walk.view': { params: txnParams, result: walkViewSchema },
  'statistics.get': { params: none, result: statisticsSchema },
  /** Looks at the machine, as those of looking.ts do. */
  'walk.now': { params: txnParams, result: walkNowSchema },
  /** What a number means as an address of this machine, PA or IPA; empty: nothing lies there. */
  'structures.at': { params: z.object({ address: hexSchema.max(18) }), result: z.array(addressPlaceSchema) },
  /** What the parts of the stack did in one step (from 1; 0: before the first) or in the whole run, in the order in which they began. */
  'path.window': { params: pathParams, result: pathWindowSchema },
  'path.locate': { params: txnParams, result: pathPlaceSchema },
  /** Every event with what became of it on its way to the guest. */
  'faults.window': { params: z.object({ from: windowParams.shape.from, count: windowParams.shape.count }), result: faultWindowSchema },
  /** The queues of the machine as they are now; a stored run has none. */
  'rings.list': { params: none, result: z.array(ringSchema) },
  /** Slots of one of them, decoded; code `not-found` when there is none of that id. */
  'rings.window': { params: ringParams, result: ringWindowSchema },
  ...LOOKING_METHODS,
  ...EXCHANGE_METHODS,
  ...COMPARE_METHODS,
  ...LIVE_QEMU_METHODS,
  /** What waits for CMD_RESUME; empty where there is no machine. */
  'stalls.list': { params: none, result: z.array(stalledRowSchema) },
  /** CMD_RESUME by hand, of a lab without kernels; the run is then no longer what its documents alone lead to. */
  'stalls.resume': { params: z.object({ sid: z.number().int().min(0).max(0xffffffff), stag: z.number().int().min(0).max(0xffff), answer: z.enum(RESUME_ANSWERS) }), result: runStateSchema },
  /** Runs the lab that is loaded anew, up to some 60 times, beside its machine; `run.run` and all others are answered meanwhile. Cancelling ends it. */
  'qemu.compare': { params: none, result: qemuComparisonSchema },
  /** Newest first; with `search` those in whose title, notes, tags or documents its words are, the best first. */
  'sessions.list': { params: z.object({ search: z.string().max(1000).optional() }), result: z.array(sessionSchema) },
  /**
   * Without `id` a new session; with it a new version of its documents, under the title it has where none is given. The run that is loaded is
   * kept with it, if these documents made it. Where another connection changed the documents since this one last had them, nothing is written
   * over: the answer is a new session, with another id. `began`: of a new session, the documents as they were opened; what was typed since is its first action.
   */
  'sessions.save': {
    params: z.object({ id: id.optional(), title: title.optional(), documents: documentsSchema, began: documentsSchema.optional() }),
    result: z.object({ id: z.string() }),
  },
  /** As it was left: the documents are those of the last action of its journal, saved or not. */
  'sessions.open': {
    /** `look`: it is only looked at; without, runs from here on are kept with it. */
    params: z.object({ id, look: z.boolean().optional() }),
    result: z.object({ ...working, layout: z.string().nullable(), runs: z.array(storedRunSchema) }),
  },
  'sessions.remove': { params: z.object({ id }), result: none },
  'sessions.layout': { params: z.object({ id, layout: z.string().max(MAX_NOTES) }), result: none },
  /** Newest first. */
  'sessions.versions': { params: z.object({ id }), result: z.array(versionSchema) },
  'sessions.version': { params: z.object({ id, version: z.number().int().positive() }), result: documentsSchema },
  /**
   * Answered when the actions are on the disk. `after` is the last action that the caller knows of; another window's since then are a `journal-conflict`.
   * `follow`: an editor undid or redid by itself. Where its edits so far lead to what the journal had before or behind, it goes there, and nothing is added.
   */
  'journal.append': {
    params: z.object({ id, after: z.number().int().nonnegative(), actions: z.array(actionSchema).min(1).max(1000), follow: z.boolean().optional() }),
    result: journalStateSchema,
  },
  /** Code `not-found` when there is nothing to undo, or to do again. */
  'journal.undo': { params: z.object({ id }), result: z.object(working) },
  'journal.redo': { params: z.object({ id }), result: z.object(working) },
  'bookmarks.list': { params: z.object({ id }), result: z.array(bookmarkSchema) },
  'bookmarks.add': {
    params: z.object({ id, runId: id.optional(), place: bookmarkPlaceSchema, note: z.string().max(MAX_BOOKMARK_NOTE) }),
    result: z.object({ id: z.string() }),
  },
  /** Another note for one. */
  'bookmarks.note': { params: z.object({ bookmark: id, note: z.string().max(MAX_BOOKMARK_NOTE) }), result: none },
  'bookmarks.remove': { params: z.object({ bookmark: id }), result: none },
  /** Opens the store again where it could not be opened, or only read: another program had it, the disk was full. Where it can be saved to nothing happens. */
  'store.retry': { params: none, result: z.object(saving) },
  'store.size': { params: none, result: storeSizeSchema },
  /** What SQLite finds wrong with the database; empty when it is sound. */
  'store.check': { params: none, result: z.object({ complaints: z.array(z.string()) }) },
  /** A SELECT over the store, in a process of its own: cancelling ends it. Of the session `id`, by id or title, `transactions` and `records` are those of its newest run. */
  'store.sql': {
    params: z.object({ id: id.optional(), sql: z.string().min(1).max(100_000), limit: z.number().int().positive().max(100_000) }),
    result: z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))), more: z.boolean() }),
  },
  /** What a filter matches in a stored run: positions in the list. Cancelling ends it. */
  'runs.find': {
    params: z.object({ runId: id, list: z.enum(['transactions', 'events', 'records']), filter: z.string().min(1).max(MAX_DOCUMENT), from: z.number().int().nonnegative(), count: z.number().int().nonnegative().max(100_000) }),
    result: z.object({ total: z.number().int().nonnegative(), positions: z.array(z.number().int().nonnegative()) }),
  },
  /** Removes stored runs with their traces; nothing else ever does. */
  'store.prune': { params: z.object({ runIds: z.array(id).max(10_000) }), result: z.object({ removed: z.number().int().nonnegative() }) },
  'runs.open': { params: z.object({ runId: id }), result: runStateSchema },
  'captures.list': { params: none, result: z.array(captureSummarySchema) },
  /**
   * A bundled capture, the files of a capture folder, or a dump of memory with its registers, by content; then `capture.translate` takes the
   * place of `run.*`. `registers` as text beside those of a file; `base` of a raw image.
   */
  'captures.open': {
    params: z.union([
      z.object({ id }),
      z.object({
        files: z.array(z.object({ name: z.string().max(200), bytes: bytesSchema })).max(64),
        registers: z.string().max(MAX_DOCUMENT).optional(),
        base: hexSchema.max(18).optional(),
      }),
    ]),
    result: z.object({
      capture: captureSummarySchema,
      streams: z.array(captureStreamSchema),
      /** What a dump says of itself, what was taken for granted, what was not understood. */
      notes: z.array(z.string()),
    }),
  },
  'capture.translate': {
    params: z.object({
      sid: z.number().int().min(0).max(0xffffffff),
      ssid: z.number().int().min(0).max(0xfffff).optional(),
      iova: z.string().regex(/^0x[0-9a-fA-F]{1,16}$/, { error: 'expected an address such as 0x10000000' }),
      access: z.enum(['read', 'write', 'execute']),
      privileged: z.boolean().optional(),
    }),
    result: z.object({ txn: z.number().int().positive() }),
  },
  /** A pasted text; an IORT or a device tree names the StreamIDs of what the client decodes after it. */
  decode: { params: z.object({ text: z.string().max(MAX_DOCUMENT) }), result: z.array(decodedSchema) },
  /** A file, whatever it is by its content. */
  'decode.file': { params: z.object({ bytes: bytesSchema.refine(({ byteLength }) => byteLength <= MAX_DECODED, { error: `expected at most ${MAX_DECODED} bytes` }) }), result: z.array(decodedSchema) },
} satisfies Record<string, MethodDef>;

export type Method = keyof typeof METHODS;
/** What a caller gives. */
export type Params<M extends Method> = z.input<(typeof METHODS)[M]['params']>;
/** What a host gets. */
export type ParamsOf<M extends Method> = z.output<(typeof METHODS)[M]['params']>;
export type ResultOf<M extends Method> = z.output<(typeof METHODS)[M]['result']>;

export const STREAMS = {
  /** The state of the run whenever it changes, at most 15 times a second while it runs. */
  'run.changed': runStateSchema,
  /** How far a filter or `rows.sort` is that takes longer than a moment. */
  'rows.progress': rowsProgressSchema,
  /** How far `qemu.compare` is. */
  'qemu.progress': qemuProgressSchema,
  /** How far a call with a `job` is, in trace records or steps; `what` says what it is about. */
  'jobs.progress': z.object({ job: z.string(), what: z.string(), done: z.number().int().nonnegative(), total: z.number().int().nonnegative() }),
} satisfies Record<string, z.ZodType>;

export type Stream = keyof typeof STREAMS;
export type StreamData<S extends Stream> = z.output<(typeof STREAMS)[S]>;
