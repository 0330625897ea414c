import { z } from 'zod';

/** Places of a document, and of a binary input, as `Place` of the model names them. */
export const placeSchema = z.object({
  file: z.string().optional(),
  line: z.number().optional(),
  column: z.number().optional(),
  endLine: z.number().optional(),
  endColumn: z.number().optional(),
  offset: z.number().optional(),
  path: z.string().optional(),
});
export type ErrorPlace = z.infer<typeof placeSchema>;

export const DOCUMENT_NAMES = ['host', 'guest', 'steps'] as const;

/** One squiggle. Lines and columns are 1-based; the end is exclusive, as editors count. */
export const problemSchema = z.object({
  document: z.enum(DOCUMENT_NAMES),
  line: z.number(),
  column: z.number(),
  endLine: z.number(),
  endColumn: z.number(),
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  message: z.string(),
  /** What would be right in place of the marked text, where it is known. */
  suggestion: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/**
 * Codes that the protocol and the host themselves give. Codes of documents, captures and decoders pass through
 * unchanged, so `RpcFailure.code` is a string.
 */
export const RPC_CODES = {
  badRequest: 'bad-request',
  badReply: 'bad-reply',
  unknownMethod: 'unknown-method',
  protocolMismatch: 'protocol-mismatch',
  cancelled: 'cancelled',
  closed: 'closed',
  internal: 'internal',
  busy: 'busy',
  notFound: 'not-found',
  noLab: 'no-lab',
  noMachine: 'no-machine',
  badDocument: 'bad-document',
  engineCrashed: 'engine-crashed',
  cannotSave: 'cannot-save',
} as const;

export const rpcFailureSchema = z.object({
  code: z.string(),
  message: z.string(),
  at: placeSchema.optional(),
  problems: z.array(problemSchema).optional(),
});
export type RpcFailure = z.infer<typeof rpcFailureSchema>;

/** A failed call, on either side: thrown by a handler it crosses the port with its code; on the client it rejects the call. */
export class RpcError extends Error {
  readonly code: string;
  readonly at: ErrorPlace | undefined;
  readonly problems: readonly Problem[] | undefined;

  constructor(failure: { code: string; message: string; at?: ErrorPlace | undefined; problems?: readonly Problem[] | undefined }) {
    super(failure.message);
    this.name = 'RpcError';
    this.code = failure.code;
    this.at = failure.at;
    this.problems = failure.problems;
  }

  toFailure(): RpcFailure {
    return {
      code: this.code,
      message: this.message,
      ...(this.at === undefined ? {} : { at: this.at }),
      ...(this.problems === undefined ? {} : { problems: [...this.problems] }),
    };
  }
}
