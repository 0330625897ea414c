/** The lab at hand beside QEMU, a slice of time after the other, so that the engine can do other things in between. */
import { comparisonWithQemu } from '../../model/lab/index.ts';
import type { ComparisonProgress, LabData } from '../../model/lab/index.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { ComparisonState } from './api.ts';

export class QemuComparing {
  #comparison: ReturnType<typeof comparisonWithQemu> | null = null;
  #progress: ComparisonProgress = { done: 0, atMost: 0 };

  begin(data: LabData): void {
    this.end();
    this.#comparison = comparisonWithQemu(data);
  }

  /** At least one step of a run, and more until `isOver` says so. */
  advance(isOver: () => boolean): ComparisonState {
    const comparison = this.#comparison;
    if (comparison === null) throw new RpcError({ code: RPC_CODES.cancelled, message: 'what was compared with QEMU is gone' });
    do {
      const next = comparison.next();
      if (next.done !== true) this.#progress = next.value;
      else if (next.value.ok) return this.#ended({ ...this.#progress, result: next.value.value });
      else throw this.#ended(new RpcError({ code: next.value.error.code, message: next.value.error.message }));
    } while (!isOver());
    return { ...this.#progress, result: null };
  }

  /** Gives the memory of the run under way back. */
  end(): void {
    // Whatever is returned here is read by nobody.
    this.#comparison?.return({ ok: true, value: { differences: [], compared: [] } });
    this.#comparison = null;
  }

  #ended<T>(outcome: T): T {
    this.#comparison = null;
    return outcome;
  }
}
