import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../host/web/policy.ts';
import { answer, declareScheme, serveScheme } from './scheme.ts';

let folder = '';
let renderer = '';
const get = (url: string): Promise<Response> => answer({ url, method: 'GET' }, renderer);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-scheme-'));
  renderer = join(folder, 'renderer');
  mkdirSync(join(renderer, 'assets'), { recursive: true });
  writeFileSync(join(renderer, 'index.html'), '<title>page</title>');
  writeFileSync(join(renderer, 'assets', 'index.js'), 'export {};');
  writeFileSync(join(folder, 'secret.html'), 'secret');
  symlinkSync(join(folder, 'secret.html'), join(renderer, 'link.html'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('app://lab', () => {
  it('serves the page and its scripts with their types and the policy as a header', async () => {
    const page = await get('app://lab/');
    expect(await page.text()).toBe('<title>page</title>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    const script = await get('app://lab/assets/index.js?v=1#here');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    ['another host', 'app://elsewhere/index.html'],
    ['another scheme', 'file:///index.html'],
    ['a host with a port', 'app://lab:80/index.html'],
    ['a missing file', 'app://lab/missing.html'],
    ['a folder', 'app://lab/assets'],
    ['..', 'app://lab/../secret.html'],
    ['.. inside', 'app://lab/assets/../../secret.html'],
    ['an encoded ..', 'app://lab/%2e%2e/secret.html'],
    ['an encoded separator', 'app://lab/assets/..%2f..%2fsecret.html'],
    ['.. encoded twice', 'app://lab/%252e%252e/secret.html'],
    ['a backslash', 'app://lab/..\\secret.html'],
    ['a link out of the folder', 'app://lab/link.html'],
    ['no address at all', 'nonsense'],
  ])('refuses %s', async (_what, url) => {
    const response = await get(url);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('secret');
  });

  it('answers GET only', async () => {
    expect((await answer({ url: 'app://lab/', method: 'POST' }, renderer)).status).toBe(404);
  });

  it('gives nothing from outside the folder, whatever the path', async () => {
    const part = fc.constantFrom('..', '.', '%2e', '%2e%2e', '%2f', '%5c', '/', '\\', '%00', '%', 'secret.html', 'assets', '?', '#', '~');
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
        expect(await (await get(`app://lab/${parts.join('')}`)).text()).not.toContain('secret');
        expect(await (await get(`app://lab/${parts.join('/')}`)).text()).not.toContain('secret');
      }),
    );
  });
});

it('declares the scheme standard and secure, and handles it', () => {
  const declared: unknown[] = [];
  const handled: string[] = [];
  declareScheme({ registerSchemesAsPrivileged: (schemes) => void declared.push(...schemes) });
  serveScheme({ handle: (scheme) => void handled.push(scheme) }, renderer);
  expect(declared).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
  expect(handled).toEqual(['app']);
});
