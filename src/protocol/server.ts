/** The host's end of a Port: parses what arrives, calls handlers, answers, and numbers events. */
import type { z } from 'zod';
import type { Method, ResultOf, Stream, StreamData } from './contract.ts';
import { METHODS } from './contract.ts';
import { RPC_CODES, RpcError } from './errors.ts';
import type { RpcFailure } from './errors.ts';
import { cancelSchema, parseOrThrow, requestSchema } from './messages.ts';
import type { Request } from './messages.ts';
import type { Port } from './port.ts';

/** Calls of one connection that may be under way together: beyond it `busy`, so that a broken UI cannot fill memory. */
const MAX_CALLS = 256;

export interface CallContext {
  /** Aborted by the caller's cancel, and when the port closes. */
  readonly signal: AbortSignal;
}

export type ParsedParams<M extends Method> = z.output<(typeof METHODS)[M]['params']>;
export type Handlers = {
  readonly [M in Method]: (params: ParsedParams<M>, context: CallContext) => ResultOf<M> | Promise<ResultOf<M>>;
};
type AnyHandler = (params: unknown, context: CallContext) => unknown;

export interface RpcServer {
  emit<S extends Stream>(stream: S, data: StreamData<S>): void;
}

/**
 * Serves `handlers` on a port until it closes. A handler fails by throwing an RpcError; anything else thrown is a bug:
 * the caller gets code `internal` with its message, `report` gets the error itself.
 */
export function serveRpc(port: Port, handlers: Handlers, report: (error: unknown) => void): RpcServer {
  const calls = new Map<number, AbortController>();
  let events = 0;
  const fail = (id: number, failure: RpcFailure): void => port.post({ id, after: events, error: failure });

  const answer = async (request: Request): Promise<void> => {
    const { id } = request;
    if (calls.has(id)) return fail(id, { code: RPC_CODES.badRequest, message: `call ${id} is already under way` });
    if (calls.size >= MAX_CALLS) return fail(id, { code: RPC_CODES.busy, message: `more than ${MAX_CALLS} calls at once` });
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      const result = await callHandler(handlers, request, { signal: controller.signal });
      port.post({ id, after: events, result });
    } catch (error) {
      fail(id, toFailure(error, controller.signal, report));
    } finally {
      calls.delete(id);
    }
  };

  port.onMessage((message) => {
    const cancel = cancelSchema.safeParse(message);
    if (cancel.success) return calls.get(cancel.data.cancel)?.abort();
    const request = requestSchema.safeParse(message);
    if (request.success) return void answer(request.data);
    const id = identityOf(message);
    if (id !== null) fail(id, { code: RPC_CODES.badRequest, message: 'expected {id, method, params} or {cancel}' });
  });
  port.onClose(() => {
    for (const controller of calls.values()) controller.abort();
  });
  return { emit: (stream, data) => port.post({ stream, number: ++events, data }) };
}

async function callHandler(handlers: Handlers, request: Request, context: CallContext): Promise<unknown> {
  if (!Object.hasOwn(METHODS, request.method)) {
    throw new RpcError({ code: RPC_CODES.unknownMethod, message: `no method ${JSON.stringify(request.method)} in this protocol` });
  }
  const method = request.method as Method;
  const params = parseOrThrow(METHODS[method].params as z.ZodType, request.params, RPC_CODES.badRequest, `parameters of ${method}`);
  return (handlers[method] as AnyHandler)(params, context);
}

function toFailure(error: unknown, signal: AbortSignal, report: (error: unknown) => void): RpcFailure {
  if (error instanceof RpcError) return error.toFailure();
  if (signal.aborted) return { code: RPC_CODES.cancelled, message: 'cancelled' };
  report(error);
  return { code: RPC_CODES.internal, message: error instanceof Error ? error.message : String(error) };
}

function identityOf(message: unknown): number | null {
  if (typeof message !== 'object' || message === null || !('id' in message)) return null;
  return typeof message.id === 'number' && Number.isSafeInteger(message.id) && message.id >= 0 ? message.id : null;
}
