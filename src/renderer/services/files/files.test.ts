// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest';
import type { DesktopBridge } from '../../../protocol/desktop.ts';
import { browserFiles } from './browser-files.ts';
import { desktopFiles } from './desktop-files.ts';
import { bytesOf, chosenFile, KINDS } from './files.ts';

afterEach(() => vi.restoreAllMocks());

const saving = { title: 'Save the bundle', name: 'mine.smmulab', kind: KINDS.bundle };
const pieces = (...texts: string[]) => () => texts.map((text) => new TextEncoder().encode(text));
async function* failing(): AsyncIterable<Uint8Array> {
  yield new Uint8Array([1]);
  throw new Error('the host is gone');
}

function desktop(answers: Partial<Record<string, unknown>>): { bridge: DesktopBridge; calls: unknown[][] } {
  const calls: unknown[][] = [];
  return { bridge: { call: async (method: string, params: unknown) => (calls.push([method, params]), answers[method] ?? {}) } as never, calls };
}

it('reads a chosen file whole, unless it is too large, and closes it', async () => {
  const file = chosenFile(new File(['a'.repeat(3_000_000), 'z'], 'big.smmulab'));
  const close = vi.spyOn(file, 'close');
  const bytes = await bytesOf(file, 4_000_000);
  expect([bytes.byteLength, bytes[3_000_000]]).toEqual([3_000_001, 122]);
  await expect(bytesOf(file, 3_000_000)).rejects.toThrow('big.smmulab has 3000001 bytes; at most 3000000 are expected.');
  expect(close).toHaveBeenCalledTimes(2);
});

it('says so when a file grows shorter meanwhile', async () => {
  const file = { name: 'f', size: 4, read: async () => new Uint8Array(2), close: async () => undefined };
  await expect(bytesOf(file, 10)).rejects.toThrow('f changed while it was read.');
});

it('asks the desktop for files, and reads them by their handles', async () => {
  const { bridge, calls } = desktop({ 'files.open': [{ handle: 'h', name: 'a.smmulab', size: 2 }], 'files.read': new Uint8Array([7, 8]) });
  const [file] = await desktopFiles(bridge).open({ title: 'Open', kinds: [KINDS.bundle] });
  expect([...(await bytesOf(file!, 10))]).toEqual([7, 8]);
  expect(calls).toEqual([
    ['files.open', { title: 'Open', kinds: [{ title: 'Lab bundles', extensions: ['smmulab'] }], many: false }],
    ['files.read', { handle: 'h', from: 0, count: 2 }],
    ['files.close', { handle: 'h' }],
  ]);
});

it('saves through the desktop piece by piece, and gives up what cannot be made whole', async () => {
  const { bridge, calls } = desktop({ 'files.create': { handle: 'h', name: 'chosen.smmulab' } });
  expect(await desktopFiles(bridge).save(saving, pieces('ab', 'c'))).toBe('chosen.smmulab');
  expect(calls.map(([method]) => method)).toEqual(['files.create', 'files.write', 'files.write', 'files.finish']);
  calls.length = 0;
  await expect(desktopFiles(bridge).save(saving, failing)).rejects.toThrow('the host is gone');
  expect(calls.map(([method]) => method)).toEqual(['files.create', 'files.write', 'files.close']);
});

it('makes no content when the dialog is dismissed', async () => {
  const content = vi.fn(pieces('ab'));
  expect(await desktopFiles({ call: async () => null } as never).save(saving, content)).toBeNull();
  const showSaveFilePicker = (): Promise<never> => Promise.reject(new DOMException('dismissed', 'AbortError'));
  expect(await browserFiles(Object.assign(Object.create(window) as Window, { showSaveFilePicker })).save({ ...saving, size: 2 ** 30 }, content)).toBeNull();
  expect(content).not.toHaveBeenCalled();
});

it('chooses in a browser with a file input, which does not stay', async () => {
  const click = vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(function (this: HTMLInputElement) {
    expect([this.accept, this.multiple]).toEqual(['.smmulab', false]);
    Object.defineProperty(this, 'files', { value: [new File(['abc'], 'a.smmulab')] });
    this.dispatchEvent(new Event('change'));
  });
  const [file] = await browserFiles(window).open({ title: 'Open', kinds: [KINDS.bundle] });
  expect([file?.name, file?.size, document.querySelector('input')]).toEqual(['a.smmulab', 3, null]);
  click.mockImplementation(function (this: HTMLInputElement) {
    this.dispatchEvent(new Event('cancel'));
  });
  expect(await browserFiles(window).open({ title: 'Open', kinds: [], many: true })).toEqual([]);
});

it('downloads a small file, and nothing when its content fails', async () => {
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
  expect(await browserFiles(window).save(saving, pieces('ab', 'c'))).toBe('mine.smmulab');
  await expect(browserFiles(window).save(saving, failing)).rejects.toThrow('the host is gone');
  expect(click).toHaveBeenCalledOnce();
});

it('streams a large file to the place that the user chose', async () => {
  const done: unknown[] = [];
  const writable = { write: async (bytes: Uint8Array) => void done.push(bytes.byteLength), close: async () => void done.push('close'), abort: async () => void done.push('abort') };
  const showSaveFilePicker = async (): Promise<unknown> => ({ name: 'other.smmulab', createWritable: async () => writable });
  const page = Object.assign(Object.create(window) as Window, { showSaveFilePicker });
  expect(await browserFiles(page).save({ ...saving, size: 2 ** 30 }, pieces('ab', 'c'))).toBe('other.smmulab');
  await expect(browserFiles(page).save({ ...saving, size: 2 ** 30 }, failing)).rejects.toThrow('the host is gone');
  expect(done).toEqual([2, 1, 'close', 1, 'abort']);
});
