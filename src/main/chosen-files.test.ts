import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ChosenFiles } from './chosen-files.ts';
import type { FileDialogs } from './chosen-files.ts';

const KIND = { title: 'Lab bundles', extensions: ['smmulab'] };
let folder: string;
let asked: unknown[];
let chosen: string[];
let place: string | undefined;
let files: ChosenFiles;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'smmu-lab-chosen-'));
  [asked, chosen, place] = [[], [], undefined];
  const dialogs: FileDialogs = {
    open: async (options) => (asked.push(options), { canceled: chosen.length === 0, filePaths: chosen }),
    save: async (options) => (asked.push(options), { canceled: place === undefined, filePath: place ?? '' }),
  };
  files = new ChosenFiles(dialogs);
});
afterEach(async () => {
  await files.closeAll();
  rmSync(folder, { recursive: true });
});

const opening = { title: 'Open a bundle', kinds: [KIND], many: false };
const creating = { title: 'Save', name: 'mine.smmulab', kind: KIND };

it('hands out a name, a size and bytes, and never a path', async () => {
  chosen = [join(folder, 'one.smmulab')];
  writeFileSync(chosen[0]!, 'abcdef');
  const [file] = await files.choose(opening);
  expect(asked).toEqual([{ title: 'Open a bundle', filters: [{ name: 'Lab bundles', extensions: ['smmulab'] }], properties: ['openFile'] }]);
  expect({ ...file, handle: '' }).toEqual({ handle: '', name: 'one.smmulab', size: 6 });
  expect(JSON.stringify(file)).not.toContain(folder);
  expect(Buffer.from(await files.read({ handle: file!.handle, from: 2, count: 3 })).toString()).toBe('cde');
  expect((await files.read({ handle: file!.handle, from: 5, count: 100 })).byteLength).toBe(1);
});

it('gives nothing for a dialog that was dismissed', async () => {
  expect(await files.choose({ ...opening, many: true })).toEqual([]);
  expect(asked).toMatchObject([{ properties: ['openFile', 'multiSelections'] }]);
  expect(await files.create(creating)).toBeNull();
});

it('names a file, not its folder, when it cannot be read', async () => {
  mkdirSync(join(folder, 'dir'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  for (const [path, message] of [['missing', 'missing cannot be read: there is no such file'], ['link', 'link cannot be read: there is no such file'], ['dir', 'dir is not a file.']] as const) {
    await expect(files.admit(join(folder, path))).rejects.toThrow(new RegExp(`^${message}$`));
  }
});

it('writes a file whole: nothing has its name before it is finished', async () => {
  place = join(folder, 'mine.smmulab');
  writeFileSync(place, 'before');
  const target = (await files.create({ ...creating, name: '../../mine.smmulab' }))!;
  expect(asked).toMatchObject([{ defaultPath: 'mine.smmulab' }]);
  expect(target.name).toBe('mine.smmulab');
  await Promise.all(['ab', 'cd', 'e'].map((text) => files.write({ handle: target.handle, bytes: Buffer.from(text) })));
  expect(readFileSync(place, 'utf8')).toBe('before');
  await files.finish(target);
  expect(readFileSync(place, 'utf8')).toBe('abcde');
  expect(readdirSync(folder)).toEqual(['mine.smmulab']);
});

it('leaves nothing of a file that is given up, nor of those of a page that is gone', async () => {
  place = join(folder, 'mine.smmulab');
  const first = (await files.create(creating))!;
  await files.write({ handle: first.handle, bytes: Buffer.from('half') });
  await files.close(first);
  const second = (await files.create(creating))!;
  await files.closeAll();
  expect(readdirSync(folder)).toEqual([]);
  await expect(files.write({ handle: second.handle, bytes: Buffer.from('late') })).rejects.toThrow('not open');
});

it('knows only handles that it gave, each for what it was given for', async () => {
  writeFileSync(join(folder, 'one'), 'abc');
  const { handle } = await files.admit(join(folder, 'one'));
  await expect(files.write({ handle, bytes: Buffer.from('x') })).rejects.toThrow('not open');
  await expect(files.read({ handle: join(folder, 'one'), from: 0, count: 1 })).rejects.toThrow('not open');
  expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('abc');
});

it('holds a bounded number of files', async () => {
  writeFileSync(join(folder, 'one'), 'abc');
  for (let n = 0; n < 256; n++) await files.admit(join(folder, 'one'));
  await expect(files.admit(join(folder, 'one'))).rejects.toThrow('256 files are open already');
});
