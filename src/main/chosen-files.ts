/** Files that a user chose for a page, to read or to write. The page has handles; paths stay in this process. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Dialog } from 'electron';
import { MAX_CHOSEN } from '../protocol/desktop.ts';
import type { ChosenFileHandle, DesktopParams, FileKind } from '../protocol/desktop.ts';

/** Files of a page at once; more is a mistake of the page. */
const MAX_OPEN = 4 * MAX_CHOSEN;

/** Dialogs over the window that asks. */
export interface FileDialogs {
  open(options: Parameters<Dialog['showOpenDialog']>[0]): ReturnType<Dialog['showOpenDialog']>;
  save(options: Parameters<Dialog['showSaveDialog']>[0]): ReturnType<Dialog['showSaveDialog']>;
}

interface ReadFile {
  readonly file: FileHandle;
}
/** Written beside its name, and named so when it is whole. */
interface NewFile {
  readonly file: FileHandle;
  readonly path: string;
  readonly half: string;
  position: number;
}

export class ChosenFiles {
  readonly #dialogs: FileDialogs;
  readonly #toRead = new Map<string, ReadFile>();
  readonly #toWrite = new Map<string, NewFile>();

  constructor(dialogs: FileDialogs) {
    this.#dialogs = dialogs;
  }

  async choose({ title, kinds, many }: DesktopParams<'files.open'>): Promise<ChosenFileHandle[]> {
    const { canceled, filePaths } = await this.#dialogs.open({ title, filters: kinds.map(filterOf), properties: ['openFile', ...(many ? (['multiSelections'] as const) : [])] });
    if (canceled) return [];
    if (filePaths.length > MAX_CHOSEN) throw new Error(`${filePaths.length} files were chosen; at most ${MAX_CHOSEN} can be opened at once.`);
    const files: ChosenFileHandle[] = [];
    for (const path of filePaths) files.push(await this.admit(path));
    return files;
  }

  /** Makes a handle for a file that the user named in another way: on the command line, or by opening it with the lab. */
  async admit(path: string): Promise<ChosenFileHandle> {
    this.#makeRoom();
    const name = basename(path);
    const file = await open(path, 'r').catch((error: unknown) => {
      throw new Error(`${name} cannot be read: ${reasonOf(error)}`);
    });
    const status = await file.stat();
    if (!status.isFile()) {
      await file.close();
      throw new Error(`${name} is not a file.`);
    }
    const handle = randomUUID();
    this.#toRead.set(handle, { file });
    return { handle, name, size: status.size };
  }

  async read({ handle, from, count }: DesktopParams<'files.read'>): Promise<Uint8Array> {
    const { buffer, bytesRead } = await known(this.#toRead, handle).file.read(new Uint8Array(count), 0, count, from);
    return buffer.subarray(0, bytesRead);
  }

  async create({ title, name, kind }: DesktopParams<'files.create'>): Promise<{ handle: string; name: string } | null> {
    this.#makeRoom();
    const { canceled, filePath } = await this.#dialogs.save({ title, defaultPath: basename(name), filters: [filterOf(kind)] });
    if (canceled || filePath === undefined || filePath === '') return null;
    const half = `${filePath}.${randomUUID().slice(0, 8)}.part`;
    const file = await open(half, 'wx').catch((error: unknown) => {
      throw new Error(`${basename(filePath)} cannot be written: ${reasonOf(error)}`);
    });
    const handle = randomUUID();
    this.#toWrite.set(handle, { file, path: filePath, half, position: 0 });
    return { handle, name: basename(filePath) };
  }

  async write({ handle, bytes }: DesktopParams<'files.write'>): Promise<void> {
    const target = known(this.#toWrite, handle);
    const { position } = target;
    // Before the wait: pieces that are sent together stay in order.
    target.position += bytes.byteLength;
    await writeAll(target.file, bytes, position).catch((error: unknown) => {
      throw new Error(`${basename(target.path)} cannot be written: ${reasonOf(error)}`);
    });
  }

  async finish({ handle }: DesktopParams<'files.finish'>): Promise<void> {
    const { file, path, half } = known(this.#toWrite, handle);
    await file.sync();
    await file.close();
    this.#toWrite.delete(handle);
    await rename(half, path);
  }

  async close({ handle }: DesktopParams<'files.close'>): Promise<void> {
    const read = this.#toRead.get(handle);
    const written = this.#toWrite.get(handle);
    this.#toRead.delete(handle);
    this.#toWrite.delete(handle);
    await read?.file.close();
    await written?.file.close();
    if (written !== undefined) await rm(written.half, { force: true });
  }

  /** The page is gone: nobody holds its handles any more. */
  async closeAll(): Promise<void> {
    for (const handle of [...this.#toRead.keys(), ...this.#toWrite.keys()]) await this.close({ handle });
  }

  #makeRoom(): void {
    if (this.#toRead.size + this.#toWrite.size >= MAX_OPEN) throw new Error(`${MAX_OPEN} files are open already.`);
  }
}

const filterOf = ({ title, extensions }: FileKind): { name: string; extensions: string[] } => ({ name: title, extensions });

function known<T>(table: ReadonlyMap<string, T>, handle: string): T {
  const entry = table.get(handle);
  if (entry === undefined) throw new Error('This file is not open: it was closed, or never chosen.');
  return entry;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
}

/** Without the path, which is in the message of the error. */
const REASONS: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'permission denied', EPERM: 'permission denied', ENOSPC: 'the disk is full', EISDIR: 'it is a folder', EROFS: 'the disk is read-only' };
function reasonOf(error: unknown): string {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
}
