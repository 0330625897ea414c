import type { RegisterPort } from '../../../smmu/register-port.ts';
import type { HopDetail, HopEnd, StackJournal } from '../../journal.ts';
import type { DriverChoices, DriverMemory } from './choices.ts';
import type { CommandQueue } from './cmdq.ts';
import type { DriverFeatures } from './features.ts';
import type { IdAllocator } from './id-allocator.ts';
import type { KernelLog, LogLevel } from './kernel-log.ts';
import type { Master } from './objects.ts';
import type { PageSource } from './page-allocator.ts';
import type { StreamTable } from './strtab.ts';
import type { FaultCore, HostDevice } from './types.ts';

/** struct arm_smmu_device: what every part of the driver works on. */
export interface SmmuDevice {
  readonly name: string;
  readonly choices: DriverChoices;
  readonly features: DriverFeatures;
  readonly registers: RegisterPort;
  readonly memory: DriverMemory;
  readonly pages: PageSource;
  readonly asids: IdAllocator;
  readonly vmids: IdAllocator;
  readonly journal: StackJournal;
  readonly log: KernelLog;
  readonly core: FaultCore;
  readonly cmdq: CommandQueue;
  readonly strtab: StreamTable;
  readonly masters: Map<HostDevice, Master>;
}

/** dev_err() and its like. */
export function print(smmu: Pick<SmmuDevice, 'log' | 'name'>, level: LogLevel, text: string): void {
  smmu.log.print(level, `arm-smmu-v3 ${smmu.name}: ${text}`);
}

/** The driver says something in the journal. */
export function say(smmu: Pick<SmmuDevice, 'journal' | 'choices'>, action: string, detail: HopDetail = {}, end: HopEnd = {}): void {
  smmu.journal.record(smmu.choices.hop, action, detail, end);
}

/** The master of a StreamID (arm_smmu_find_master). */
export function masterOfStream(smmu: Pick<SmmuDevice, 'masters'>, sid: number): Master | null {
  for (const master of smmu.masters.values()) if (master.streams.includes(sid)) return master;
  return null;
}
