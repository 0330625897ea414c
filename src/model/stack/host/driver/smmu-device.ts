import type { RegisterPort } from '../../../lab/register-port.ts';
import type { Hop, HopDetail, HopEnd, StackJournal } from '../../journal.ts';
import type { CommandQueue } from './cmdq.ts';
import type { DriverFeatures } from './features.ts';
import type { IdAllocator } from './id-allocator.ts';
import type { KernelLog, LogLevel } from './kernel-log.ts';
import type { Master } from './objects.ts';
import type { PageSource } from './page-allocator.ts';
import type { StreamTable } from './strtab.ts';
import type { FaultCore, HostDevice } from './types.ts';

/** Memory as the driver's CPU sees it, by the addresses that it gives the SMMU. */
export interface DriverMemory {
  read64(address: bigint): bigint | null;
  write64(address: bigint, value: bigint): boolean;
}

/** Which driver: v5.15 with the nine patches, or a current one (6.18). */
export type Generation = 'v16' | 'modern';

/** The nine patches as they were posted, or as they were meant. */
export type As = 'posted' | 'intended';

export interface DriverChoices {
  readonly generation: Generation;
  readonly as: As;
  /** dmesg of events: raw words, or (6.14 and later) decoded too. */
  readonly dmesg: 'raw' | 'decoded';
  /** Module parameter: a device without domain aborts rather than bypasses. */
  readonly disableBypass: boolean;
  /** Not an SMMU of HiSilicon's that stumbles over it. */
  readonly prefetch: boolean;
  /** The kernel's PAGE_SIZE. */
  readonly pageSize: bigint;
  /** Whose driver this is, in the journal. */
  readonly hop: Hop;
}

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
