/** What an SMMU is made with: its ID registers and memory, caches, choices, and who is told what. */
import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Choices } from '../spec/choices.ts';
import type { Deviations } from '../spec/deviations.ts';
import type { IdRegisters } from '../spec/features.ts';
import type { Misuse } from '../spec/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { InterruptSource } from './registers/interrupt.ts';

/** Entries of each cache: powers of two, 0 switches one off. */
export interface CacheOptions {
  readonly config: number;
  readonly tlb: number;
  readonly s1Walk: number;
  readonly s2Walk: number;
}

export const DEFAULT_CACHES: CacheOptions = { config: 64, tlb: 256, s1Walk: 64, s2Walk: 64 };
/** What QEMU's SMMUv3 has: 256 TLB entries, and of a walk nothing but its IPAs. */
export const QEMU_CACHES: CacheOptions = { ...DEFAULT_CACHES, s1Walk: 0, s2Walk: 0 };
export const NO_CACHES: CacheOptions = { config: 0, tlb: 0, s1Walk: 0, s2Walk: 0 };

export interface SmmuOptions {
  readonly id: IdRegisters;
  readonly memory: PhysicalMemory;
  readonly caches?: CacheOptions;
  /** What the architecture leaves open; without it the model's picks (spec/choices.ts). */
  readonly choices?: Partial<Choices>;
  /** Where it answers as QEMU does; nowhere without it. */
  readonly deviates?: Deviations;
  readonly recorder?: Recorder | null;
  /** Compare every answer of a cache with memory as it is now (coherence/). */
  readonly checkCoherence?: boolean;
  /** An interrupt that IRQ_CTRL lets through. */
  readonly onInterrupt?: (source: InterruptSource) => void;
  /** Software did what the architecture promises nothing about (spec/misuse.ts). */
  readonly onMisuse?: (misuse: Misuse) => void;
}
