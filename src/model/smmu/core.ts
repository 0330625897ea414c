import type { PhysicalMemory } from '../memory/physical-memory.ts';
import type { Choices } from '../spec/choices.ts';
import type { Deviations } from '../spec/deviations.ts';
import type { Features } from '../spec/features.ts';
import type { Misuse } from '../spec/misuse.ts';
import type { Recorder } from '../trace/recorder.ts';
import type { Contexts } from './tlb/contexts.ts';
import type { Tlb } from './tlb/tlb.ts';
import type { WalkCache } from './tlb/walk-cache.ts';
import type { Txn } from './txn.ts';
import type { Found } from './walk/found.ts';

/** What the parts of the translation path share. */
export interface Core {
  readonly features: Features;
  readonly choices: Choices;
  /** Where it answers as QEMU does. */
  readonly deviates: Deviations;
  /** Told of misuse by software; null: nobody asks. */
  readonly misuse: ((misuse: Misuse) => void) | null;
  readonly memory: PhysicalMemory;
  readonly contexts: Contexts;
  readonly tlb: Tlb;
  readonly s1Walk: WalkCache;
  readonly s2Walk: WalkCache;
  /** Configuration slots; Txn.slot points into them. */
  readonly slots: Int32Array;
  readonly txn: Txn;
  /** Result of the last complete walk. */
  readonly found: Found;
  /** Present while somebody wants every step. */
  steps: Recorder | null;
}
