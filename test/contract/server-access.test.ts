/** Who the server answers: the token, Origin and Host checks, and nothing outside the renderer's folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CONTENT_SECURITY_POLICY } from '../../src/host/index.ts';
import type { Port } from '../../src/protocol/port.ts';
import { startServer } from '../../src/server/start-server.ts';
import type { LabServer } from '../../src/server/start-server.ts';
import { signIn } from './transports.ts';

const TOKEN = 'a-token-of-this-test';
let folder: string;
let server: LabServer;
let cookie: string;
const ports: Port[] = [];

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Unlike fetch it sends the path and the headers as they are. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on('error', reject).end();
  });
}

/** The HTTP status of a handshake; 101 when it was accepted. */
function handshake(headers: Record<string, string>, path = '/rpc'): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-server-'));
  const rendererDir = join(folder, 'renderer');
  mkdirSync(join(rendererDir, 'assets'), { recursive: true });
  writeFileSync(join(rendererDir, 'index.html'), '<!doctype html><title>lab</title>');
  writeFileSync(join(rendererDir, 'assets', 'index-abc.js'), 'export {};');
  writeFileSync(join(folder, 'secret.html'), 'secret');
  server = await startServer({ port: 0, token: TOKEN, rendererDir, labHost: { connect: (port) => ports.push(port) } });
  cookie = await signIn(server.url);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('signing in', () => {
  it('exchanges the token for a strict cookie that is not the token', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/?token=${TOKEN}`);
    const answer = await get(`/?token=${TOKEN}`);
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    const [set] = answer.headers['set-cookie'] ?? [];
    expect(set).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(set).not.toContain(TOKEN);
  });

  it('lets the browser reload by itself after a link on another site', async () => {
    const answer = await get(`/?token=${TOKEN}`, { 'sec-fetch-site': 'cross-site' });
    expect([answer.status, answer.headers['refresh']]).toEqual([200, '0; url=/']);
  });

  it.each([
    ['no cookie', '/', {}],
    ['a wrong token', '/?token=wrong', {}],
    ['an empty token', '/?token=', {}],
    ['the token elsewhere', `/index.html?token=${TOKEN}`, {}],
    ['a wrong cookie', '/', { cookie: 'smmu-lab=x' }],
    ['no cookie for a script', '/assets/index-abc.js', {}],
  ])('refuses %s', async (_what, path, headers) => {
    const answer = await get(path, headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(answer.body).not.toContain('lab</title>');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  it('refuses the token as a cookie', async () => {
    const [name = ''] = cookie.split('=');
    expect((await get('/', { cookie: `${name}=${TOKEN}` })).status).toBe(401);
  });
});

describe('pages', () => {
  it('have the policy, and are isolated from other origins', async () => {
    const page = await get('/', { cookie });
    expect([page.status, page.body]).toEqual([200, '<!doctype html><title>lab</title>']);
    expect(page.headers).toMatchObject({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    expect(page.headers['access-control-allow-origin']).toBeUndefined();
    expect((await get('/assets/index-abc.js', { cookie })).headers['cache-control']).toContain('immutable');
  });

  it.each([
    '/../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', '/assets/../../secret.html', '/%252e%252e/secret.html', '/..%5csecret.html',
    '//secret.html', '/assets/%2e%2e/%2e%2e/secret.html', 'http://127.0.0.1/../secret.html',
  ])('never come from outside the folder: %s', async (path) => {
    const answer = await get(path, { cookie });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('secret');
  });

  it('answer GET and HEAD only', async () => {
    expect(await get('/', { cookie }, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
    expect(await get('/', { cookie }, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each(['evil.example', `evil.example:80`, '127.0.0.1', 'localhost', '127.0.0.1:1'])('are refused for the name %s in Host', async (host) => {
    expect((await get('/', { cookie, host })).status).toBe(403);
    expect((await get(`/?token=${TOKEN}`, { host })).headers['set-cookie']).toBeUndefined();
  });

  it('are served as localhost too', async () => {
    expect((await get('/', { cookie, host: `localhost:${server.port}` })).status).toBe(200);
  });
});

describe('the WebSocket', () => {
  const ours = (): Record<string, string> => ({ cookie, origin: `http://127.0.0.1:${server.port}` });

  it('opens for our own page that is signed in', async () => {
    const before = ports.length;
    expect(await handshake(ours())).toBe(101);
    expect(ports).toHaveLength(before + 1);
  });

  it.each([
    ['another origin', 403, () => ({ ...ours(), origin: 'http://evil.example' })],
    ['the right host over https', 403, () => ({ ...ours(), origin: `https://127.0.0.1:${server.port}` })],
    ['another port', 403, () => ({ ...ours(), origin: 'http://127.0.0.1:1' })],
    ['the origin null', 403, () => ({ ...ours(), origin: 'null' })],
    ['no origin', 403, () => ({ cookie })],
    ['another name in Host', 403, () => ({ ...ours(), host: 'evil.example' })],
    ['no cookie', 401, () => ({ origin: `http://127.0.0.1:${server.port}` })],
    ['a wrong cookie', 401, () => ({ ...ours(), cookie: `${cookie}x` })],
  ] as const)('is refused to %s', async (_what, status, headers) => {
    const before = ports.length;
    expect(await handshake(headers() as Record<string, string>)).toBe(status);
    expect(ports).toHaveLength(before);
  });

  it('is at one path only', async () => {
    expect(await handshake(ours(), '/')).toBe(404);
    expect(await handshake(ours(), `/rpc?token=${TOKEN}`)).toBe(404);
  });

  it('closes on a frame that is none of the protocol', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/rpc`, { headers: ours() });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('open', () => socket.send('{'));
    expect(await closed).toBe(1003);
  });
});

it('listens on the loopback address only', async () => {
  const { networkInterfaces } = await import('node:os');
  const other = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  if (other === undefined) return expect(server.url).toContain('127.0.0.1');
  await expect(
    new Promise((resolve, reject) => connect(server.port, other).on('connect', resolve).on('error', reject)),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('says so when its port is taken', async () => {
  await expect(startServer({ port: server.port, rendererDir: folder, labHost: { connect: () => undefined } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
