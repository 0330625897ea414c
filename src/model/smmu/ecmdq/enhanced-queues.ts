import type { Features } from '../../spec/features.ts';
import type { Misuse } from '../../spec/misuse.ts';
import type { CommandQueue } from '../queues/command-queue.ts';
import type { CommandSource } from '../queues/command-source.ts';
import { PAGE_BYTES } from '../registers/far-page.ts';
import type { FarPage } from '../registers/far-page.ts';
import type { RegisterFile } from '../registers/register-file.ts';
import { controlPageCount, controlPagesBase } from './control-pages.ts';
import { EnhancedQueue } from './enhanced-queue.ts';

const QUEUE_BYTES = 16;

/** A queue that software has touched, and what consumes it. */
interface Opened {
  readonly source: EnhancedQueue;
  readonly consumer: CommandQueue;
}

/**
 * The control pages of the enhanced command queues (IHI 0070 3.5.6, 6.2.5): each page has the registers of its queues evenly
 * spaced. There is no order between queues; here each is consumed within the write that gave it something to do.
 */
export class EnhancedQueues implements FarPage {
  readonly base: number;
  readonly bytes: number;
  /** How many there are. */
  readonly count: number;
  /** Bytes from one queue's registers to the next. */
  readonly stride: number;
  private readonly features: Features;
  private readonly registers: RegisterFile;
  private readonly consumerOf: (source: CommandSource) => CommandQueue;
  private readonly misuse: (misuse: Misuse) => void;
  private readonly opened = new Map<number, Opened>();

  constructor(features: Features, registers: RegisterFile, consumerOf: (source: CommandSource) => CommandQueue, misuse: (misuse: Misuse) => void) {
    const pages = controlPageCount(features);
    this.base = controlPagesBase(features);
    this.bytes = pages * PAGE_BYTES;
    this.count = pages << features.log2QueuesOfPage;
    this.stride = PAGE_BYTES >>> features.log2QueuesOfPage;
    this.features = features;
    this.registers = registers;
    this.consumerOf = consumerOf;
    this.misuse = misuse;
  }

  /** Whether any is enabled, which guards CR1.QUEUE_* (6.3.11). */
  get queuesOn(): boolean {
    return [...this.opened.values()].some(({ source }) => source.enabled);
  }

  /** Those that software has touched since reset, by number. */
  get touched(): readonly (readonly [number, CommandQueue])[] {
    return [...this.opened].map(([index, { consumer }]) => [index, consumer] as const).sort(([a], [b]) => a - b);
  }

  read(offset: number): number {
    const at = offset % this.stride;
    return at >= QUEUE_BYTES ? 0 : this.#open(Math.floor(offset / this.stride)).source.read(at >>> 2);
  }

  write(offset: number, value: number): void {
    const at = offset % this.stride;
    if (at >= QUEUE_BYTES) return this.misuse({ id: 'reserved-register', place: 'register', address: BigInt(this.base + offset), write: true });
    const { source, consumer } = this.#open(Math.floor(offset / this.stride));
    if (source.write(at >>> 2, value)) consumer.consume();
  }

  reset(): void {
    this.opened.clear();
  }

  #open(index: number): Opened {
    const opened = this.opened.get(index) ?? this.#create(index);
    this.opened.set(index, opened);
    return opened;
  }

  #create(index: number): Opened {
    const at = this.base + index * this.stride;
    const source = new EnhancedQueue(index, this.features, this.registers.choices, this.registers, (id, word) =>
      this.misuse({ id, place: 'register', address: BigInt(at + word * 4), write: true }),
    );
    return { source, consumer: this.consumerOf(source) };
  }
}
