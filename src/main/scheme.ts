/** `app://lab/...`: the files of the built renderer and nothing else, with the same headers as the server gives them. */
import type { Protocol } from 'electron';
import { SECURITY_HEADERS } from '../host/web/policy.ts';
import { readStaticFile } from '../host/web/static-files.ts';
import { isPageUrl, SCHEME } from './page.ts';

/** Must be called before the app is ready. */
export function declareScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
}

export function serveScheme(protocol: Pick<Protocol, 'handle'>, rendererDir: string): void {
  protocol.handle(SCHEME, (request) => answer(request, rendererDir));
}

/** Another host, another method and a path that is no file of the renderer are all "no such file". */
export async function answer(request: { readonly url: string; readonly method: string }, rendererDir: string): Promise<Response> {
  const file = isPageUrl(request.url) && request.method === 'GET' ? await readStaticFile(rendererDir, rawPath(request.url)) : null;
  if (file === null)
    return new Response('No such file.\n', { status: 404, headers: { ...SECURITY_HEADERS, 'content-type': 'text/plain' } });
  return new Response(new Uint8Array(file.bytes), { headers: { ...SECURITY_HEADERS, 'content-type': file.type } });
}

/** The path as it was asked for: `new URL` would resolve an encoded `..` away, and what asks for one is refused instead. */
function rawPath(url: string): string {
  const [address = ''] = url.split(/[?#]/, 1);
  return address.slice(address.indexOf('/', `${SCHEME}://`.length)) || '/';
}
