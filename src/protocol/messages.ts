/** The four messages that cross a Port. */
import { z } from 'zod';
import { RpcError, rpcFailureSchema } from './errors.ts';

const callId = z.number().int().nonnegative();

export const requestSchema = z.strictObject({ id: callId, method: z.string().max(100), params: z.unknown() });
export const cancelSchema = z.strictObject({ cancel: callId });
/** `after` is the number of the last event that was sent before this reply: an event up to it is older than the reply. */
export const replySchema = z.union([
  z.strictObject({ id: callId, after: callId, result: z.unknown() }),
  z.strictObject({ id: callId, after: callId, error: rpcFailureSchema }),
]);
/** Numbered from 1 over all streams of a connection: order between a stream and a reply is not guaranteed by every transport. */
export const eventSchema = z.strictObject({ stream: z.string().max(100), number: callId, data: z.unknown() });

export type Request = z.infer<typeof requestSchema>;
export type Cancel = z.infer<typeof cancelSchema>;

/** Where and what of the first issues, in a sentence. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`))
    .join('; ');
}

export function parseOrThrow<T extends z.ZodType>(schema: T, value: unknown, code: string, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RpcError({ code, message: `${what}: ${describeIssues(parsed.error)}` });
}
