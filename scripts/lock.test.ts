import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

let lock = '';
beforeEach(() => {
  lock = join(mkdtempSync(join(tmpdir(), 'smmu-lab-lock-')), 'setup.lock');
});
afterEach(() => rmSync(join(lock, '..'), { recursive: true }));

it('lets one work at a time, and the other after it', async () => {
  const log: string[] = [];
  const work = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    log.push(`${name} ends`);
  };
  await Promise.all([withLock(lock, work('a')), withLock(lock, work('b'))]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  expect(existsSync(lock)).toBe(false);
});

it('is given back when the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no space')))).rejects.toThrow('no space');
  expect(existsSync(lock)).toBe(false);
});

it('is taken over from a process that is no more', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(lock);
  writeFileSync(join(lock, 'pid'), String(pid));
  expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
});
