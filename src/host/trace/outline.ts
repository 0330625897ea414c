/**
 * The log of a trace: what happened between transactions, with the beginning and the end of each. What an SMMU did inside a transaction,
 * and software's polling of registers, is left to the transaction's own list.
 */
import { KIND, RECORD_WORDS } from '../../model/trace/record.ts';
import { GrowingList } from './growing-list.ts';

const LOGGED: ReadonlySet<number> = new Set([
  KIND.TXN_BEGIN, KIND.TXN_END, KIND.TXN, KIND.EVENT, KIND.COMMAND, KIND.REG_WRITE, KIND.MEM_WRITE, KIND.IRQ, KIND.SEV, KIND.MSI, KIND.ATOS, KIND.MISUSE, KIND.STEP, KIND.STALL, KIND.RESUME,
  KIND.ATC, KIND.PPR, KIND.PRI_RESPONSE, KIND.STALE,
]);

export class Outline {
  /** Position in the trace of each line. */
  readonly #positions = new GrowingList();
  /** The line that each step begins with. */
  readonly #steps = new GrowingList();

  get length(): number {
    return this.#positions.length;
  }

  /** `position` is that of the first of these records. */
  add(words: Int32Array, position: number): void {
    for (let at = 0, record = position; at < words.length; at += RECORD_WORDS, record++) {
      const kind = words[at]! & 0xff;
      if (!LOGGED.has(kind)) continue;
      if (kind === KIND.STEP) this.#steps.push(this.#positions.length);
      this.#positions.push(record);
    }
  }

  /** Position in the trace of a line, undefined beyond the last. */
  at(line: number): number | undefined {
    return this.#positions.at(line);
  }

  /** Lines of a step, from 1; 0 is what came before the first: the machine being built. `end` is exclusive. */
  linesOf(step: number): { readonly from: number; readonly end: number } {
    const from = step === 0 ? 0 : (this.#steps.at(step - 1) ?? this.length);
    return { from, end: this.#steps.at(step) ?? this.length };
  }
}
