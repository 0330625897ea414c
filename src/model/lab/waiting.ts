/** Transfers of a lab's devices that stalled: they go on when software resumes them, steps later (IHI 0070 3.12.2). */
import type { DmaTransfer } from '../smmu/dma.ts';
import type { DmaInput } from './access-data.ts';

export interface Waiting {
  readonly input: Omit<DmaInput, 'expect'>;
  readonly transfer: DmaTransfer;
}

/** The transfers that have not ended, in the order in which they stalled first. */
export class WaitingTransfers {
  private all: Waiting[] = [];

  add(one: Waiting): void {
    if (one.transfer.waits) this.all.push(one);
  }

  /** The one whose transaction of this number is stalled, or null. */
  of(transaction: number): Waiting | null {
    return this.all.find(({ transfer }) => transfer.waits && transfer.result.outcome.transaction === transaction) ?? null;
  }

  /** Those that ended since the last call; they are forgotten. */
  takeEnded(): readonly Waiting[] {
    const ended = this.all.filter(({ transfer }) => !transfer.waits);
    this.all = this.all.filter(({ transfer }) => transfer.waits);
    return ended;
  }
}
