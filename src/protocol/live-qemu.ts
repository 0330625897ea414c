/**
 * A lab beside a real QEMU. A program is a handle: its owner chose it, in a dialog of the desktop or as the server was started; a page
 * can start nothing else.
 */
import { z } from 'zod';
import { jobSchema } from './exchange.ts';
import { documentsSchema, UAPI_NAMES } from './run.ts';

const count = z.number().int().nonnegative();
const handle = z.string().min(1).max(64);

/** `name` is without its folder. */
export const qemuProgramSchema = z.object({ handle, name: z.string() });
export type QemuProgram = z.infer<typeof qemuProgramSchema>;

/** With `iommu-testdev`, StreamIDs that never read have one of those, and what they write is its pattern; all others have an `edu`. */
export const LIVE_DEVICES = ['edu', 'iommu-testdev'] as const;
export type LiveDevice = (typeof LIVE_DEVICES)[number];

/** Steps of which a DMA cannot be tried, from 1. */
const untried = z.array(z.object({ step: count, why: z.string() }));

const qemuPlanSchema = z.object({
  name: z.string(),
  /** As it says itself. */
  version: z.string(),
  /** What it would be started with; `SOCKETS` stands for a folder that is made for it. */
  arguments: z.array(z.string()),
  devices: z.array(z.enum(LIVE_DEVICES)),
  transactions: count,
  untried,
});
export type QemuPlan = z.infer<typeof qemuPlanSchema>;

const answerSchema = z.object({
  status: z.string(),
  pa: z.string().nullable(),
  events: z.array(z.object({ name: z.string(), raw: z.string(), fields: z.record(z.string(), z.string()) })),
  /** What a read gave, in hexadecimal. */
  data: z.string().nullable(),
});
export type LiveAnswer = z.infer<typeof answerSchema>;

const LIVE_VERDICTS = ['equal', 'explained', 'finding'] as const;
export type LiveVerdict = (typeof LIVE_VERDICTS)[number];

const liveTransactionSchema = z.object({
  /** From 1, and what it said. */
  step: count,
  text: z.string(),
  /** `write StreamID 0x10 0x10000000, 4 bytes`. */
  access: z.string(),
  verdict: z.enum(LIVE_VERDICTS),
  /** Ids of deviations (model/spec/deviations.ts). */
  because: z.array(z.string()),
  here: answerSchema,
  qemu: answerSchema,
});
export type LiveTransaction = z.infer<typeof liveTransactionSchema>;

const liveComparisonSchema = z.object({
  qemu: z.string(),
  /** The first of them. */
  transactions: z.array(liveTransactionSchema),
  counts: z.object({ equal: count, explained: count, finding: count }),
  untried,
});
export type LiveComparison = z.infer<typeof liveComparisonSchema>;

const lab = { qemu: handle, documents: documentsSchema, uapi: z.enum(UAPI_NAMES).optional(), device: z.enum(LIVE_DEVICES) };

export const LIVE_QEMU_METHODS = {
  'qemu.programs': { params: z.object({}), result: z.array(qemuProgramSchema) },
  /** What `qemu.live` would start, so that it can be looked at before; the program is asked what it is. Codes `not-found`, `bad-qemu`, what of the lab no QEMU can have. */
  'qemu.plan': { params: z.object(lab), result: qemuPlanSchema },
  /** Starts it, drives it through the lab beside the machine at hand, and ends it; so does cancelling, and the end of the connection. */
  'qemu.live': { params: z.object({ job: jobSchema, ...lab }), result: liveComparisonSchema },
};
