import type { Outcome, Smmu } from './smmu.ts';

export interface DmaRequest {
  readonly sid: number;
  readonly ssid?: number;
  readonly iova: bigint;
  readonly access: 'read' | 'write';
  readonly privileged?: boolean;
}

export interface DmaResult {
  /** Of the last transaction issued: the first that did not succeed, or the last of all. */
  readonly outcome: Outcome;
  /** Bytes read; zeroes from the first transaction on that did not succeed (a device sees no more of it). */
  readonly data?: Uint8Array;
  /** Bytes moved before the first transaction that did not succeed. */
  readonly moved: number;
  /** The translated address is outside memory: a bus abort, which the SMMU does not see. */
  readonly busAbort: boolean;
}

const PAGE = 4096n;

/**
 * A device's DMA of `length` bytes through the SMMU: one transaction for each 4 KiB page it touches. A write really
 * stores `data`, a read really loads; it stops at the first transaction that does not succeed.
 */
export function dma(smmu: Smmu, request: DmaRequest, length: number, data?: Uint8Array): DmaResult {
  const read = request.access === 'read' ? new Uint8Array(length) : undefined;
  let moved = 0;
  for (;;) {
    const iova = BigInt.asUintN(64, request.iova + BigInt(moved));
    const bytes = Math.min(length - moved, Number(PAGE - (iova % PAGE)));
    const outcome = smmu.translate({ ...request, iova }, bytes);
    const passed = outcome.pa !== undefined && move(smmu, outcome.pa, bytes, moved, read, data);
    if (passed) moved += bytes;
    if (!passed || moved >= length) {
      return { outcome, moved, busAbort: outcome.pa !== undefined && !passed, ...(read === undefined ? {} : { data: read }) };
    }
  }
}

function move(smmu: Smmu, pa: bigint, bytes: number, from: number, read: Uint8Array | undefined, data: Uint8Array | undefined): boolean {
  if (read !== undefined) {
    const got = smmu.memory.readBytes(pa, bytes);
    if (got !== null) read.set(got, from);
    return got !== null;
  }
  const chunk = data?.subarray(from, from + bytes) ?? new Uint8Array(bytes);
  const stored = smmu.memory.writeBytes(pa, chunk);
  if (stored) smmu.recorder?.memory(Number(pa >> 32n), Number(BigInt.asIntN(32, pa)), chunk);
  return stored;
}
