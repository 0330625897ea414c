/**
 * QEMUs that the user chose in a dialog of the system: the page gets their handles, and can ask the lab host to start one. They are
 * there at the next start too, as long as the file at that place is the one that was chosen.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { QemuProgram } from '../protocol/contract.ts';
import type { FileDialogs } from './chosen-files.ts';
import { readKept, writeKept } from './kept-file.ts';

/** Those chosen last. */
const MOST = 8;

const schema = z.object({ handle: z.uuid(), path: z.string(), size: z.number(), modified: z.number() });
type Kept = z.infer<typeof schema>;

export interface ChosenQemusWorld {
  open: FileDialogs['open'];
  /** The lab host may start it from now on. */
  admit(path: string, handle?: string): QemuProgram;
  /** Where they are kept. */
  readonly file: string;
}

export class ChosenQemus {
  readonly #world: ChosenQemusWorld;
  #kept: readonly Kept[];

  constructor(world: ChosenQemusWorld) {
    this.#world = world;
    const read = z.array(z.unknown()).catch([]).parse(readKept(world.file)).slice(0, MOST);
    this.#kept = read.flatMap((one) => schema.safeParse(one).data ?? []).filter(isTheSame);
    for (const { path, handle } of this.#kept) world.admit(path, handle);
  }

  /** Null when the dialog was dismissed. What the program is, the lab host finds out. */
  async choose(): Promise<QemuProgram | null> {
    const { canceled, filePaths } = await this.#world.open({ title: 'A qemu-system-aarch64 to compare with, 9.2 or newer', properties: ['openFile'] });
    const [path] = filePaths;
    if (canceled || path === undefined) return null;
    const program = this.#world.admit(path);
    const now = stampOf(path);
    const others = this.#kept.filter(({ handle }) => handle !== program.handle);
    this.#kept = now === null ? others : [{ handle: program.handle, path, ...now }, ...others].slice(0, MOST);
    writeKept(this.#world.file, this.#kept, 'the QEMU that was chosen');
    return program;
  }
}

/** A program that took its place since was not chosen. */
function isTheSame({ path, size, modified }: Kept): boolean {
  const now = isAbsolute(path) ? stampOf(path) : null;
  return now !== null && now.size === size && now.modified === modified;
}

/** Null for what cannot be started. */
function stampOf(path: string): Pick<Kept, 'size' | 'modified'> | null {
  try {
    accessSync(path, constants.X_OK);
    const stat = statSync(path);
    return stat.isFile() ? { size: stat.size, modified: stat.mtimeMs } : null;
  } catch {
    return null;
  }
}
