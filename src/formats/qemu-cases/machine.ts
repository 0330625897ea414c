import { hexBytes } from '../../model/base/address.ts';
import { PhysicalMemory } from '../../model/memory/physical-memory.ts';
import { REGISTERS } from '../../model/spec/index.ts';
import { NO_DEVIATIONS } from '../../model/spec/deviations.ts';
import type { Deviations } from '../../model/spec/deviations.ts';
import { PRESETS } from '../../model/spec/features.ts';
import { DEFAULT_CACHES } from '../../model/smmu/options.ts';
import { Smmu } from '../../model/smmu/smmu.ts';
import type { CacheOptions } from '../../model/smmu/options.ts';
import { bytesOfAction, CASE_RAM } from './case.ts';
import type { Action } from './case.ts';

const RECORD_BYTES = 32;

const offset = (name: string): number => {
  const register = REGISTERS.get(name);
  if (register === undefined) throw new Error(`no register ${name} in the table`);
  return register.offset;
};
const EVENTQ_BASE = offset('EVENTQ_BASE');
const EVENTQ_PROD = offset('EVENTQ_PROD');
const EVENTQ_CONS = offset('EVENTQ_CONS');

/** The memory of the cases: one for all of them, zeroing only what was written. `release` it when done. */
export const caseMemory = (): PhysicalMemory => new PhysicalMemory([CASE_RAM]);

/** The machine of the cases. Several may use one memory in turn, since each case starts with `reset`. */
export class CaseMachine {
  readonly memory: PhysicalMemory;
  readonly smmu: Smmu;

  constructor(memory: PhysicalMemory, deviates: Deviations = NO_DEVIATIONS, caches: CacheOptions = DEFAULT_CACHES, checkCoherence = false) {
    this.memory = memory;
    this.smmu = new Smmu({ id: PRESETS['qemu-11'].id, memory, caches, deviates, checkCoherence });
  }

  /** SMMU from reset, all memory zero: how every case starts. */
  reset(): void {
    this.memory.clear();
    this.smmu.reset();
  }

  act(actions: readonly Action[]): void {
    for (const action of actions) this.#act(action);
  }

  #act(action: Action): void {
    switch (action[0]) {
      case 'fill':
        this.memory.fill(action[1], action[2], action[3]);
        return;
      case 'reg32':
        this.smmu.write32(Number(action[1]), Number(action[2]));
        return;
      case 'reg64':
        this.smmu.write64(Number(action[1]), action[2]);
        return;
      default:
        this.memory.writeBytes(action[1], bytesOfAction(action));
    }
  }

  /** Takes every record out of the event queue as software does, oldest first, each as its 32 bytes in memory. */
  drainEvents(): string[] {
    const base = this.smmu.read64(EVENTQ_BASE);
    const log2size = Number(base & 0x1fn);
    const start = base & 0xf_ffff_ffff_ffe0n;
    const prod = this.smmu.read32(EVENTQ_PROD);
    const mask = 2 ** (log2size + 1) - 1;
    const records: string[] = [];
    for (let cons = this.smmu.read32(EVENTQ_CONS) & mask; cons !== (prod & mask); cons = (cons + 1) & mask) {
      const index = cons & (mask >>> 1);
      records.push(hexBytes(this.memory.readBytes(start + BigInt(index * RECORD_BYTES), RECORD_BYTES) ?? new Uint8Array()));
    }
    // With PROD's OVFLG, which acknowledges an overflow.
    this.smmu.write32(EVENTQ_CONS, prod);
    return records;
  }
}
