/** What a command would remove from the caches of an SMMU and of its devices, found without issuing it (IHI 0070 4.3 to 4.5). */
import type { AtcInvalidation } from '../ats/endpoints.ts';
import { CommandUnit } from '../commands/command-unit.ts';
import type { Core } from '../core.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { DryRun } from './dry-run.ts';
import type { EntryName } from './dry-run.ts';

export class CommandPreview {
  /** As CERROR: the queue would stop at it. */
  readonly error: number;
  /** What it asks of a device; null: it is no CMD_ATC_INV. */
  readonly invalidation: AtcInvalidation | null;
  private readonly words: Int32Array;
  private readonly dryRun: DryRun;
  private readonly unit: CommandUnit;

  /** `words`: an invalidation as it stands in a command queue. */
  constructor(core: Core, registers: RegisterFile, words: Int32Array) {
    let invalidation: AtcInvalidation | null = null;
    const invalidate = (asked: AtcInvalidation): boolean => {
      invalidation = asked;
      return true;
    };
    this.words = words;
    this.dryRun = new DryRun(core);
    this.unit = new CommandUnit(registers, core.features, this.dryRun, { invalidate });
    this.error = this.unit.execute(words);
    this.invalidation = invalidation;
  }

  /** It would remove this entry. */
  removes(target: EntryName): boolean {
    this.dryRun.target = target;
    this.dryRun.reached = false;
    this.unit.execute(this.words);
    return this.dryRun.reached;
  }
}
