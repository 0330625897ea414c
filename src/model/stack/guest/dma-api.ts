/**
 * The guest's DMA API over its own driver (iommu-dma): maps and unmaps buffers of a device. Strict invalidates with every
 * unmap; lazy clears the tables at once, but flushes all and hands the IOVA out again only when its queue is flushed.
 */
import { ERRNO, errnoText } from '../errno.ts';
import type { HopDetail, StackJournal } from '../journal.ts';
import type { SmmuDriver } from '../host/driver/driver.ts';
import type { Domain } from '../host/driver/objects.ts';
import { emptyGather } from '../host/driver/tlb.ts';
import { PROT } from '../host/driver/types.ts';
import type { MemoryRange } from './firmware.ts';
import { IovaAllocator } from './iova-allocator.ts';

export type Invalidation = 'strict' | 'lazy';

/** IOVA_FQ_SIZE: unmaps that wait for a flush before one is forced. */
export const FLUSH_QUEUE_SIZE = 256;

/** Devices are asked for 32-bit addresses first. */
const DMA_LIMIT = 1n << 32n;

export interface DmaApiOptions {
  readonly driver: SmmuDriver;
  readonly domain: Domain;
  readonly device: string;
  readonly invalidation: Invalidation;
  readonly reserved: readonly MemoryRange[];
  readonly journal: StackJournal;
}

interface Unmapped {
  readonly iova: bigint;
  readonly size: bigint;
}

export class DmaApi {
  private readonly options: DmaApiOptions;
  private readonly iovas: IovaAllocator;
  private readonly page: bigint;
  private queue: Unmapped[] = [];

  constructor(options: DmaApiOptions) {
    const { domain, reserved } = options;
    this.options = options;
    this.page = domain.pgsizeBitmap & -domain.pgsizeBitmap;
    this.iovas = new IovaAllocator(DMA_LIMIT, this.page);
    for (const { base, length } of reserved) this.iovas.reserve(base, length);
  }

  /** Unmaps that wait for the flush. */
  get queued(): number {
    return this.queue.length;
  }

  /** dma_map_single() of guest memory: the IOVA, or a negative errno. */
  map(ipa: bigint, size: bigint, prot: number = PROT.READ | PROT.WRITE | PROT.CACHE): bigint | number {
    const offset = ipa & (this.page - 1n);
    const length = this.#pages(offset + size);
    const base = this.iovas.allocate(length);
    if (base === null) return this.#answer('dma_map', { ipa, size }, -ERRNO.ENOMEM);
    const result = this.options.driver.map(this.options.domain, base, ipa - offset, length, prot);
    if (result !== 0) this.iovas.free(base, length);
    this.#answer('dma_map', { ipa, size, iova: base + offset }, result);
    return result === 0 ? base + offset : result;
  }

  /** dma_unmap_single() of what map() gave; -EINVAL when it is not mapped. */
  unmap(iova: bigint, size: bigint): number {
    const { driver, domain, invalidation } = this.options;
    const offset = iova & (this.page - 1n);
    const length = this.#pages(offset + size);
    const gather = emptyGather();
    this.#say('dma_unmap', { iova, size, invalidation });
    if (driver.unmap(domain, iova - offset, length, gather) !== length) return this.#answer('dma_unmap', { iova, size }, -ERRNO.EINVAL);
    if (invalidation === 'strict') {
      driver.iotlbSync(domain, gather);
      this.iovas.free(iova - offset, length);
      return 0;
    }
    this.queue.push({ iova: iova - offset, size: length });
    if (this.queue.length >= FLUSH_QUEUE_SIZE) this.flush();
    return 0;
  }

  /** The flush queue's timer fired, or the queue is full: everything of the domain is invalidated. */
  flush(): void {
    if (this.queue.length === 0) return;
    const { driver, domain } = this.options;
    this.#say('flush queue', { unmaps: this.queue.length });
    driver.flushIotlbAll(domain);
    for (const { iova, size } of this.queue) this.iovas.free(iova, size);
    this.queue = [];
  }

  /** iommu_create_device_direct_mappings(): a range that the device must reach as it is. */
  mapDirect({ base, length }: MemoryRange): number {
    const { driver, domain } = this.options;
    const result = driver.map(domain, base, base, length, PROT.READ | PROT.WRITE | PROT.MMIO);
    return this.#answer('direct mapping', { base, length }, result);
  }

  #pages(size: bigint): bigint {
    return (size + this.page - 1n) & -this.page;
  }

  #say(action: string, detail: HopDetail): void {
    this.options.journal.record('guest', action, { device: this.options.device, ...detail });
  }

  #answer(action: string, detail: HopDetail, result: number): number {
    const { journal, device } = this.options;
    journal.record('guest', action, { device, ...detail }, result === 0 ? { result } : { result, dropped: errnoText(result) });
    return result;
  }
}
