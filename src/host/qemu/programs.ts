/** QEMUs that their owner allowed: a page knows their handles. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { QemuProgram } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';

export class QemuPrograms {
  readonly #paths = new Map<string, string>();

  /** The same program has one handle: the one it had, where it was admitted before. */
  admit(path: string, before: string = randomUUID()): QemuProgram {
    const known = [...this.#paths].find(([, one]) => one === path)?.[0];
    const handle = known ?? before;
    this.#paths.set(handle, path);
    return { handle, name: basename(path) };
  }

  get list(): QemuProgram[] {
    return [...this.#paths].map(([handle, path]) => ({ handle, name: basename(path) }));
  }

  /** Throws an RpcError: `not-found`. */
  pathOf(handle: string): string {
    const path = this.#paths.get(handle);
    if (path === undefined) throw new RpcError({ code: RPC_CODES.notFound, message: 'this QEMU was not chosen by the owner of this lab' });
    return path;
  }
}
