/** A file system of a few files for a kernel to start from: busybox, an init script, and the modules that it loads. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Entry {
  readonly name: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

const DIRECTORY = 0o40755;
const PROGRAM = 0o100755;

/** cpio's "newc" form (cpio(5)). */
function cpio(entries: readonly Entry[]): Buffer {
  const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
  const one = ({ name, mode, bytes }: Entry, inode: number): Buffer => {
    const fields = [inode, mode, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0];
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
    return Buffer.concat([padded(Buffer.from(header)), padded(bytes)]);
  };
  return Buffer.concat([...entries, { name: 'TRAILER!!!', mode: 0, bytes: new Uint8Array() }].map(one));
}

const nameOf = (path: string): string => basename(path).replace(/\.ko(\.xz)?$/, '').replaceAll('-', '_');

/** Modules of a kernel by name, and what each needs first. */
class Modules {
  readonly #paths: ReadonlyMap<string, string>;
  /** Names of those that the kernel has in it. */
  readonly #builtIn: ReadonlySet<string>;

  constructor(folder: string) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    this.#paths = new Map(files.filter((path) => /\.ko(\.xz)?$/.test(path)).map((path) => [nameOf(path), join(folder, path)]));
    const lists = files.filter((path) => basename(path) === 'modules.builtin');
    this.#builtIn = new Set(lists.flatMap((path) => readFileSync(join(folder, path), 'utf8').split('\n').map(nameOf)));
  }

  /** The modules in the order in which they load. */
  load(names: readonly string[], loaded = new Map<string, Uint8Array>()): Map<string, Uint8Array> {
    for (const name of names) {
      if (loaded.has(name) || this.#builtIn.has(name)) continue;
      const path = this.#paths.get(name);
      if (path === undefined) throw new Error(`this kernel has no module ${name}`);
      const bytes = path.endsWith('.xz') ? execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 28 }) : readFileSync(path);
      const needs = /\0depends=([^\0]*)\0/.exec(bytes.toString('latin1'))?.[1] ?? '';
      this.load(needs.split(',').filter((one) => one !== '').map((one) => one.replaceAll('-', '_')), loaded);
      loaded.set(name, bytes);
    }
    return loaded;
  }
}

/** `init` runs first; it finds the modules in /modules, numbered in their order. */
export function initramfs(busybox: string, modulesFolder: string, modules: readonly string[], init: string): Buffer {
  const loaded = [...new Modules(modulesFolder).load(modules)];
  return gzipSync(cpio([
    ...['bin', 'dev', 'proc', 'sys', 'modules'].map((name) => ({ name, mode: DIRECTORY, bytes: new Uint8Array() })),
    { name: 'bin/busybox', mode: PROGRAM, bytes: readFileSync(busybox) },
    { name: 'init', mode: PROGRAM, bytes: readFileSync(init) },
    ...loaded.map(([name, bytes], index) => ({ name: `modules/${String(index).padStart(2, '0')}-${name}.ko`, mode: PROGRAM, bytes })),
  ]), { level: 1 });
}
