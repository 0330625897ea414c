import { expect, it } from 'vitest';
import { parseRequest } from './request.ts';
import { MAX_FILES, readFolder, type PickedFile } from './read-folder.ts';

const file = (path: string, size = 4): PickedFile => ({
  name: path.split('/').at(-1) ?? '',
  size,
  webkitRelativePath: path,
  arrayBuffer: async () => new ArrayBuffer(size),
});

it('reads the files of the folder, not those of folders in it', async () => {
  const read = await readFolder([file('cap/smmu.json'), file('cap/mem.bin', 8), file('cap/old/mem.bin'), file('cap/.hidden')]);
  expect(read.map(({ name, bytes }) => [name, bytes.length])).toEqual([['smmu.json', 4], ['mem.bin', 8]]);
});

it('says what is wrong with a folder before it reads it', async () => {
  await expect(readFolder([])).rejects.toThrow('holds no files');
  await expect(readFolder(Array.from({ length: MAX_FILES + 1 }, (_, n) => file(`cap/${n}`)))).rejects.toThrow('at most 64');
  await expect(readFolder([file('cap/mem.bin', 2 ** 30)])).rejects.toThrow('1024 MiB');
});

const form = { sid: '0x10', ssid: '', iova: '0x1000_0123', access: 'read', privileged: false } as const;

it('reads a request as it is typed', () => {
  expect(parseRequest(form)).toEqual({ ok: true, value: { sid: 16, iova: '0x10000123', access: 'read', privileged: false } });
  expect(parseRequest({ ...form, sid: '16', ssid: '5', iova: 'ffff0000' })).toEqual({
    ok: true,
    value: { sid: 16, ssid: 5, iova: '0xffff0000', access: 'read', privileged: false },
  });
});

it.each([
  [{ ...form, sid: 'x' }, 'sid', 'StreamID'],
  [{ ...form, sid: '0x100000000' }, 'sid', '32 bits'],
  [{ ...form, ssid: '0x100000' }, 'ssid', '20 bits'],
  [{ ...form, iova: '' }, 'iova', 'address'],
  [{ ...form, iova: '0x11112222333344445' }, 'iova', '64 bits'],
] as const)('%o is refused at %s', (request, field, words) => {
  const result = parseRequest(request);
  expect(result.ok).toBe(false);
  if (!result.ok) expect([result.error.code, result.error.message]).toEqual([field, expect.stringContaining(words)]);
});
