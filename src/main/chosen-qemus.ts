/** A QEMU that the user chooses in a dialog of the system: the page gets its handle, and can ask the lab host to start it. */
import type { QemuProgram } from '../protocol/contract.ts';
import type { FileDialogs } from './chosen-files.ts';

export interface ChosenQemusWorld {
  open: FileDialogs['open'];
  /** The lab host may start it from now on. */
  admit(path: string): QemuProgram;
}

export class ChosenQemus {
  readonly #world: ChosenQemusWorld;

  constructor(world: ChosenQemusWorld) {
    this.#world = world;
  }

  /** Null when the dialog was dismissed. What the program is, the lab host finds out. */
  async choose(): Promise<QemuProgram | null> {
    const { canceled, filePaths } = await this.#world.open({ title: 'A qemu-system-aarch64 to compare with, 9.2 or newer', properties: ['openFile'] });
    const [path] = filePaths;
    return canceled || path === undefined ? null : this.#world.admit(path);
  }
}
