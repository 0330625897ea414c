/** The machine of a stack lab, with what its owner needs to watch: queues at the three levels, logs, the journal. */
import { ok } from '../../base/result.ts';
import type { Result } from '../../base/result.ts';
import type { PhysicalMemory } from '../../memory/physical-memory.ts';
import { StackMachine } from '../../stack/assembly/index.ts';
import type { Smmu } from '../../smmu/smmu.ts';
import { deviationsIn } from '../../spec/index.ts';
import type { Recorder } from '../../trace/recorder.ts';
import type { HostData } from '../data.ts';
import type { Located } from '../layout.ts';
import { idRegisters } from '../plan.ts';
import { Told } from '../told.ts';
import { WaitingTransfers } from '../waiting.ts';
import type { StackLab } from './data.ts';
import { structuresOf } from './structures.ts';

export class StackBench {
  readonly stack: StackMachine;
  readonly lab: StackLab;
  readonly told: Told;
  /** Transfers that stalled and have not ended. */
  readonly waiting = new WaitingTransfers();

  private constructor(stack: StackMachine, lab: StackLab, told: Told) {
    this.told = told;
    this.stack = stack;
    this.lab = lab;
  }

  static create(host: HostData, lab: StackLab, recorder: Recorder | null): Result<StackBench> {
    const id = idRegisters(host.smmu);
    if (!id.ok) return id;
    const { memory, smmu } = host;
    const { caches, choices, commandQueue, eventQueue, profile, deviations } = smmu;
    const told = new Told();
    const deviates = deviationsIn(profile, deviations);
    const machine = StackMachine.create({ stack: lab.data, id: id.value, memory, caches, choices, deviates, commandQueue: commandQueue.log2size, eventQueue: eventQueue.log2size, recorder, onMisuse: told.misuse });
    return machine.ok ? ok(new StackBench(machine.value, lab, told)) : machine;
  }

  get smmu(): Smmu {
    return this.stack.host.smmu;
  }

  get memory(): PhysicalMemory {
    return this.stack.host.memory;
  }

  release(): void {
    this.stack.release();
  }

  /** Everything that the drivers have placed in memory, by physical address, and the RAM of the VMs. */
  structures(): readonly Located[] {
    return structuresOf(this.stack);
  }
}
