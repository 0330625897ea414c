import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { probeQemu, qemuEnvironment } from './executable.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-probe-'));
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const VERSION = 'echo "QEMU emulator version 10.0.2 (Debian)"';
/** QEMU's exit status is 0 for a device that it does not know, and what it prints then is on standard error. */
const answering = (qtest: number, device: string): string => `case "$1 $2 $4" in
  "--version  ") ${VERSION};;
  "-machine help ") echo "virt   QEMU 10.0 ARM Virtual Machine";;
  "-machine none qtest") exit ${qtest};;
  "-device iommu-testdev,help ") ${device};;
esac`;
const WHOLE = answering(0, 'echo "iommu-testdev options:"');
const UNKNOWN = 'echo "Device iommu-testdev not found" >&2';

it('asks a program what it is', async () => {
  expect(await probeQemu(program('whole', WHOLE))).toEqual({ ok: true, value: { path: join(folder, 'whole'), version: '10.0.2 (Debian)', hasQtest: true, hasTestDevice: true } });
  expect(await probeQemu(program('without', answering(1, UNKNOWN)))).toMatchObject({ value: { hasQtest: false, hasTestDevice: false } });
});

it.each([
  ['a relative path', 'qemu-system-aarch64', 'must be absolute'],
  ['what is not there', join(folder, 'nothing'), 'there is no program'],
  ['a folder', folder, 'there is no program'],
])('refuses %s', async (_what, path, message) => {
  expect(await probeQemu(path)).toMatchObject({ ok: false, error: { code: 'bad-qemu', message: expect.stringContaining(message), at: { file: path } } });
});

it('refuses programs that are not QEMU, or another QEMU', async () => {
  expect(await probeQemu(program('echo', 'echo hello'))).toMatchObject({ error: { message: expect.stringContaining('printed no "QEMU emulator version"') } });
  expect(await probeQemu(program('fails', 'exit 3'))).toMatchObject({ ok: false });
  expect(await probeQemu(program('x86', `case "$1" in --version) ${VERSION};; *) echo "pc   Standard PC";; esac`))).toMatchObject({ error: { message: expect.stringContaining('no machine "virt"') } });
});

it('reads no path with a shell, and hands on little of the environment', async () => {
  const path = program('with space; exit 1', WHOLE);
  expect(await probeQemu(path)).toMatchObject({ ok: true });
  process.env['SMMU_LAB_SECRET'] = 'x';
  expect(Object.keys(qemuEnvironment())).not.toContain('SMMU_LAB_SECRET');
  delete process.env['SMMU_LAB_SECRET'];
});
