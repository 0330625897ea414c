/** RPC over a Port: a client for a UI, a server for a lab host. */
export { RpcClient } from './client.ts';
export type { CallOptions } from './client.ts';
export { serveRpc } from './server.ts';
export type { CallContext, Handlers, ParsedParams, RpcServer } from './server.ts';
