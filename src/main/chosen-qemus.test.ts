import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { QemuPrograms } from '../host/qemu/programs.ts';
import { ChosenQemus } from './chosen-qemus.ts';

const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-qemus-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'kept', 'qemus.json');
const path = join(folder, 'qemu-system-aarch64');
const program = (text: string, mode = 0o755): void => {
  writeFileSync(path, text);
  chmodSync(path, mode);
};
/** A start: what the lab host was told to admit, and the dialog's answer. */
function start(chosen = { canceled: false, filePaths: [path] }) {
  const programs = new QemuPrograms();
  const qemus = new ChosenQemus({ open: async () => chosen, admit: (one, handle) => programs.admit(one, handle), file });
  return { programs, qemus };
}

beforeEach(() => {
  rmSync(join(folder, 'kept'), { recursive: true, force: true });
  program('one');
});

it('admits the QEMU that the dialog gives, and shows the page its handle and name alone', async () => {
  const admit = vi.fn(() => ({ handle: 'h', name: 'qemu-system-aarch64' }));
  const chosen = { canceled: false, filePaths: [path] };
  const qemus = new ChosenQemus({ open: async () => chosen, admit, file });
  expect(await qemus.choose()).toEqual({ handle: 'h', name: 'qemu-system-aarch64' });
  expect(admit).toHaveBeenCalledExactlyOnceWith(path);
  chosen.canceled = true;
  expect(await qemus.choose()).toBeNull();
  expect(admit).toHaveBeenCalledOnce();
});

it('remembers what was chosen by its handle, and nothing that took its place or was never chosen', async () => {
  const first = start();
  const chosen = await first.qemus.choose();
  await first.qemus.choose();
  const again = start();
  expect(again.programs.list).toEqual([chosen]);
  expect(again.programs.pathOf(chosen!.handle)).toBe(path);
  program('one', 0o644);
  expect(start().programs.list).toEqual([]);
  program('two');
  utimesSync(path, 1, 1);
  expect(start().programs.list).toEqual([]);
  rmSync(path);
  expect(start().programs.list).toEqual([]);
});

it.each([
  ['no JSON', '{'],
  ['no list', '{"handle":"x"}'],
  ['no handle of ours', `[{"handle":"x","path":"${path}","size":3,"modified":1}]`],
  ['no place', '[{"handle":"7d444840-9dc0-41d2-a3a3-0a5d2b6a4b0e","path":"qemu","size":3,"modified":1}]'],
  ['no file', `[{"handle":"7d444840-9dc0-41d2-a3a3-0a5d2b6a4b0e","path":"${folder}","size":4096,"modified":1}, null, 5]`],
])('starts without one where what was kept is %s', async (_what, text) => {
  await start().qemus.choose();
  writeFileSync(file, text);
  expect(start().programs.list).toEqual([]);
});
