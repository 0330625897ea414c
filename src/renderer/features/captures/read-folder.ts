/** The files of a chosen folder, as the host takes a capture. */
import { MAX_CAPTURE } from '../../../protocol/contract.ts';

export interface PickedFile {
  readonly name: string;
  readonly size: number;
  readonly webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export const MAX_FILES = 64;

/** The name of the folder that was chosen. */
export const folderOf = (files: readonly PickedFile[]): string => files[0]?.webkitRelativePath.split('/')[0] ?? 'folder';

/** What a capture of events has in place of memory, which is read like a log; undefined: this is none. */
export function eventCasesOf<T extends { readonly name: string }>(files: readonly T[]): T | undefined {
  return files.some(({ name }) => name === 'manifest.json') ? undefined : files.find(({ name }) => name === 'events-cases.json');
}

/** Reads the files directly inside the folder; throws, before reading any, when they are too many or too large. */
export async function readFolder(files: readonly PickedFile[]): Promise<{ name: string; bytes: Uint8Array }[]> {
  const own = files.filter((file) => file.webkitRelativePath.split('/').length <= 2 && !file.name.startsWith('.'));
  if (own.length === 0) throw new Error('This folder holds no files: expected a capture such as registers, memory and translations.json.');
  if (own.length > MAX_FILES) throw new Error(`This folder holds ${own.length} files; a capture has at most ${MAX_FILES}. Is it the folder of one capture?`);
  const size = own.reduce((sum, file) => sum + file.size, 0);
  if (size > MAX_CAPTURE) throw new Error(`These files hold ${Math.ceil(size / 2 ** 20)} MiB; a capture may hold ${MAX_CAPTURE / 2 ** 20} MiB. \`smmu-lab capture-folder\` makes a small folder out of a large dump, and every command takes the dump itself.`);
  return Promise.all(own.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
}
