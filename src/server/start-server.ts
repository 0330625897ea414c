/** The lab in a browser: the renderer's files and the protocol over a WebSocket, on the loopback address. */
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { MAX_CAPTURE } from '../protocol/contract.ts';
import type { Port } from '../protocol/port.ts';
import { socketPort } from '../protocol/socket-port.ts';
import type { SocketLike } from '../protocol/socket-port.ts';
import { Access, newSecret } from './access.ts';
import { answerPage } from './pages.ts';

export interface ServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Only loopback addresses make sense; the default is 127.0.0.1. */
  readonly host?: string;
  /** What the URL carries; random by default. */
  readonly token?: string;
  /** The built renderer. */
  readonly rendererDir: string;
  readonly labHost: { connect(port: Port): void };
  readonly report?: (error: unknown) => void;
}

export interface LabServer {
  /** With the token: whoever has it may use the lab. */
  readonly url: string;
  readonly port: number;
  /** Closes the connections too. The lab host is the caller's. */
  close(): Promise<void>;
}

/** Where the protocol is spoken. */
const RPC_PATH = '/rpc';
/** Windows and tabs at once. */
const MAX_CONNECTIONS = 32;
/** A capture with what surrounds it. */
const MAX_FRAME = MAX_CAPTURE + 16 * 1024 * 1024;

/** Rejects when the port is taken or the address is not of this machine. */
export async function startServer(options: ServerOptions): Promise<LabServer> {
  const { host = '127.0.0.1', token = newSecret(), labHost, rendererDir, report = console.error } = options;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_FRAME, perMessageDeflate: false });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const access = new Access(token, port);

  server.on('request', (request, response) => {
    answerPage(request, response, access, rendererDir).catch((error: unknown) => {
      report(error);
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket: Duplex, head) => {
    const refusal = refuseUpgrade(request, access, sockets.clients.size);
    if (refusal !== null) return void socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    sockets.handleUpgrade(request, socket, head, (webSocket) => labHost.connect(socketPort(webSocket as unknown as SocketLike)));
  });

  return {
    url: `http://${host}:${port}/?token=${token}`,
    port,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Status line of the refusal, or null. */
function refuseUpgrade(request: IncomingMessage, access: Access, connections: number): string | null {
  if (!access.isOurHost(request) || !access.isOurOrigin(request)) return '403 Forbidden';
  if (!access.isSignedIn(request)) return '401 Unauthorized';
  if (request.url !== RPC_PATH) return '404 Not Found';
  return connections >= MAX_CONNECTIONS ? '503 Service Unavailable' : null;
}
