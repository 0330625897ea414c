import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import { dma } from '../../smmu/dma.ts';
import type { Smmu } from '../../smmu/smmu.ts';

/** What a device uses for its own accesses to the system. Addresses are what the device issues: IOVAs behind an SMMU. */
export interface BusMaster {
  /** Zeroes from the first page on whose access was terminated. */
  read(address: bigint, length: number): Uint8Array;
  /** False: the access was terminated with an abort; bytes of pages before the one that failed are written. */
  write(address: bigint, bytes: Uint8Array): boolean;
}

/** Where bus masters' accesses go in this machine: one per device, told apart by the requester id of the moment. */
export type BusMasterFactory = (requesterId: () => number) => BusMaster;

/**
 * DMA through an SMMU whose StreamIDs are PCI requester ids. Without a PASID a PCI access is unprivileged data and has
 * no SubstreamID (IHI 0070 13.7).
 */
export function smmuBusMaster(smmu: Smmu): BusMasterFactory {
  return (requesterId) => ({
    read(address, length) {
      return dma(smmu, { sid: requesterId(), iova: address, access: 'read' }, length).data ?? new Uint8Array(length);
    },
    write(address, bytes) {
      const { outcome, busAbort } = dma(smmu, { sid: requesterId(), iova: address, access: 'write' }, bytes.length, bytes);
      return outcome.response !== 'abort' && !busAbort;
    },
  });
}

/** DMA in a machine without an SMMU: the device's addresses are physical ones. */
export function directBusMaster(memory: PhysicalMemory): BusMasterFactory {
  return () => ({
    read: (address, length) => memory.readBytes(address, length) ?? new Uint8Array(length),
    write: (address, bytes) => memory.writeBytes(address, bytes),
  });
}
