import { hex } from '../base/address.ts';
import type { Outcome, Smmu, Transaction } from './smmu.ts';

export interface DmaResult {
  /** Of the transaction that decided: the first that did not succeed, or the last. A stalled one: the transfer waits. */
  readonly outcome: Outcome;
  /** Of the transaction of the first page. */
  readonly first: Outcome;
  /** Bytes read; zeroes from the first transaction on that did not succeed (a device sees no more of it). */
  readonly data?: Uint8Array;
  /** Bytes moved before the first transaction that did not succeed. */
  readonly moved: number;
  /** The translated address is outside memory: a bus abort, which the SMMU does not see. */
  readonly busAbort: boolean;
}

/** Asks for one page of a transfer: the SMMU, or a device that uses ATS (src/model/endpoint). */
export type Ask = (transaction: Transaction, bytes: number, told: (outcome: Outcome) => void) => Outcome;

const PAGE = 4096n;

/**
 * A device's DMA through the SMMU: one transaction for each 4 KiB page it touches. A write really stores, a read really
 * loads, an instruction fetch only asks; it stops at the first transaction that does not succeed. While one is stalled
 * the transfer waits (IHI 0070 3.12.2): it goes on when that is retried, and ends when it is terminated.
 */
export class DmaTransfer {
  readonly request: Transaction;
  readonly length: number;
  private readonly smmu: Smmu;
  private readonly via: Ask;
  private readonly written: Uint8Array | undefined;
  private readonly read: Uint8Array | undefined;
  private first: Outcome | null = null;
  private last: Outcome;
  private moved = 0;
  private busAbort = false;

  constructor(smmu: Smmu, request: Transaction, length: number, data?: Uint8Array, via?: Ask) {
    this.smmu = smmu;
    this.via = via ?? ((transaction, bytes, told) => smmu.translate(transaction, bytes, told));
    this.request = request;
    this.length = length;
    this.written = data;
    this.read = request.access === 'read' ? new Uint8Array(length) : undefined;
    this.last = this.#ask();
    if (this.#take(this.last)) this.#go();
  }

  /** As far as it got. */
  get result(): DmaResult {
    const read = this.read === undefined ? {} : { data: this.read };
    return { outcome: this.last, first: this.first ?? this.last, moved: this.moved, busAbort: this.busAbort, ...read };
  }

  get waits(): boolean {
    return this.last.status === 'stalled';
  }

  /** Address and bytes of the page that is next, or that decided. */
  get piece(): { readonly iova: bigint; readonly bytes: number } {
    const iova = BigInt.asUintN(64, this.request.iova + BigInt(this.moved));
    return { iova, bytes: Math.min(this.length - this.moved, Number(PAGE - (iova % PAGE))) };
  }

  #go(): void {
    while (this.#take(this.#ask())) continue;
  }

  /** The next page. A stall may be over before the answer is here: software that is called on an event can resume at once. */
  #ask(): Outcome {
    const { iova, bytes } = this.piece;
    let over: Outcome | null = null;
    let answered = false;
    const outcome = this.via({ ...this.request, iova }, bytes, (end) => {
      if (!answered) over = end;
      else if (this.#take(end)) this.#go();
    });
    answered = true;
    return over ?? outcome;
  }

  /** Moves the page that `outcome` is of. True: there is another. */
  #take(outcome: Outcome): boolean {
    const { bytes } = this.piece;
    this.last = outcome;
    if (this.moved === 0) this.first = outcome;
    if (outcome.pa === undefined) return false;
    this.busAbort = !this.#move(outcome.pa, bytes);
    if (this.busAbort) return false;
    this.moved += bytes;
    return this.moved < this.length;
  }

  #move(pa: bigint, bytes: number): boolean {
    const { memory, recorder } = this.smmu;
    if (this.request.access === 'execute') return true;
    if (this.read !== undefined) {
      const got = memory.readBytes(pa, bytes);
      if (got !== null) this.read.set(got, this.moved);
      return got !== null;
    }
    const chunk = this.written?.subarray(this.moved, this.moved + bytes) ?? new Uint8Array(bytes);
    const stored = memory.by({ kind: 'device', name: hex(this.request.sid) }, () => memory.writeBytes(pa, chunk));
    if (stored) recorder?.memory(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)), chunk);
    return stored;
  }
}

/** A transfer as far as it gets at once. */
export const dma = (smmu: Smmu, request: Transaction, length: number, data?: Uint8Array): DmaResult =>
  new DmaTransfer(smmu, request, length, data).result;
