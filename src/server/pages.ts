/** The HTTP half of the server: signing in, and the files of the renderer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../host/web/policy.ts';
import { readStaticFile } from '../host/web/static-files.ts';
import type { Access } from './access.ts';

const TEXT = 'text/plain; charset=utf-8';

function send(response: ServerResponse, status: number, type: string, body: string | Buffer, extra: Record<string, string> = {}): void {
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type, 'cache-control': 'no-store', ...extra });
  response.end(body);
}

/** Answers one request. Order matters: nothing is read from disk before Host and cookie are checked. */
export async function answerPage(request: IncomingMessage, response: ServerResponse, access: Access, root: string): Promise<void> {
  if (!access.isOurHost(request)) return send(response, 403, TEXT, 'This server answers to 127.0.0.1 and localhost only.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, TEXT, 'Only GET and HEAD are answered.\n', { allow: 'GET, HEAD' });
  }
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const token = new URLSearchParams(query).get('token');
  if (path === '/' && token !== null && access.holdsToken(token)) return signIn(request, response, access);
  if (!access.isSignedIn(request)) return send(response, 401, TEXT, 'Open the URL that the lab printed when it started: it holds the token.\n');
  const file = await readStaticFile(root, path);
  if (file === null) return send(response, 404, TEXT, 'No such file.\n');
  send(response, 200, file.type, request.method === 'HEAD' ? '' : file.bytes, {
    'content-length': String(file.bytes.byteLength),
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-store',
  });
}

/** Gives the cookie for the token and sends the browser to `/`, so that the token leaves the address bar. */
function signIn(request: IncomingMessage, response: ServerResponse, access: Access): void {
  const cookie = { 'set-cookie': access.cookie };
  if (request.headers['sec-fetch-site'] !== 'cross-site') return send(response, 303, TEXT, '', { ...cookie, location: '/' });
  // After a link on another site a redirect still counts as started by that site, and the strict cookie would not be sent.
  send(response, 200, 'text/html; charset=utf-8', '<!doctype html><title>SMMU Lab</title>', { ...cookie, refresh: '0; url=/' });
}
