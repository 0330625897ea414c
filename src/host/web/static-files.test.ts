import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathSegments, readStaticFile } from './static-files.ts';

let base: string;
let root: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'smmu-lab-static-'));
  root = join(base, 'renderer');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(join(root, 'index.html'), '<!doctype html>');
  await writeFile(join(root, 'assets', 'app-1234.js'), '1');
  await writeFile(join(root, 'secret'), 'no type');
  await writeFile(join(root, '.stamp.js'), 'hidden');
  await writeFile(join(base, 'outside.js'), 'outside');
  await symlink(join(base, 'outside.js'), join(root, 'link.js'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe('static files', () => {
  it('serves the index and assets', async () => {
    expect(await readStaticFile(root, '/')).toMatchObject({ type: 'text/html; charset=utf-8', immutable: false });
    expect(await readStaticFile(root, '/assets/app-1234.js')).toMatchObject({ type: 'text/javascript; charset=utf-8', immutable: true });
  });

  it.each([
    '/../outside.js', '/%2e%2e/outside.js', '/..%2foutside.js', '/%2e%2e%2foutside.js', '/%252e%252e/outside.js', '/assets/../../outside.js',
    '/..\\outside.js', '/%5c..%5coutside.js', '//outside.js', '/./index.html', '/link.js', '/.stamp.js', '/secret', '/index.html%00.js', '/%ff',
    '/C:/outside.js', 'index.html', '', '/assets', '/nothing.js',
  ])('refuses %s', async (path) => {
    expect(await readStaticFile(root, path)).toBeNull();
  });

  it('never yields a segment that climbs or hides', () => {
    const piece = fc.oneof(fc.constantFrom('..', '.', '%2e', '%2E%2e', '%2f', '%5c', '\\', '/', '%00', '%25', 'a', ':'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const segment of pathSegments(`/${pieces.join('')}`) ?? []) expect(segment).not.toMatch(/^\.|^$|[/\\\0]/);
      }),
      { numRuns: 2000 },
    );
  });
});
