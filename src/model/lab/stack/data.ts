/** Labs of the whole stack as plain data: the steps that guests, VMMs, hosts and devices take, and what they must bring about. */
import type { StackData, Uapi } from '../../stack/assembly/data.ts';
import type { DivergenceName } from './divergences.ts';
import { COMMON_INSPECTIONS } from '../access-data.ts';
import type { DmaExpectation, DmaInput, ExpectInput, Fields, MemoryPlace, WalkInput } from '../access-data.ts';
import type { CallInput, CallName } from './calls.ts';

/** A command or event by name, with fields that it must have. */
export interface RecordExpectation {
  readonly name: string;
  readonly fields: Fields;
}

/** What a step brings about beyond its own answer. A list of records is complete and in order; texts are parts of lines. */
export interface Effects {
  /** `0`, or the name of the errno that a call must answer. */
  readonly errno?: string | undefined;
  /** Commands in the physical command queue, without CMD_SYNC. */
  readonly commands?: readonly RecordExpectation[] | undefined;
  /** Records in the physical event queue. */
  readonly hostEvents?: readonly RecordExpectation[] | undefined;
  /** Records in the event queue of the guest of the step's device or VM. */
  readonly guestEvents?: readonly RecordExpectation[] | undefined;
  readonly hostLog?: readonly string[] | undefined;
  readonly guestLog?: readonly string[] | undefined;
  /** Why something was dropped on the way. */
  readonly dropped?: readonly string[] | undefined;
  /** Fields of what inspect shows. */
  readonly fields?: Fields | undefined;
  /** Words of the STE or CD that inspect shows, from the first. */
  readonly words?: readonly bigint[] | undefined;
  /** What read brings. */
  readonly bytes?: readonly number[] | undefined;
  readonly dma?: DmaExpectation | undefined;
}

export const GUEST_ANSWERS = ['retry', 'abort'] as const;
export type GuestAnswer = (typeof GUEST_ANSWERS)[number];

export interface PasidTableInput {
  readonly device: string;
  readonly config: number;
  readonly basePtr: bigint;
  readonly format: number;
  readonly pasidBits: number;
  readonly version: number;
}

export interface CacheInvalidateInput {
  readonly device: string;
  readonly cache: number;
  readonly granularity: number;
  readonly flags: number;
  readonly archid: number;
  readonly pasid: bigint;
  readonly addr: bigint;
  readonly granuleSize: bigint;
  readonly nbGranules: bigint;
}

export interface GuestRange {
  readonly device: string;
  readonly iova: bigint;
  readonly size: bigint;
}

export interface HostRange {
  readonly vm: string;
  readonly ipa: bigint;
  readonly size: bigint;
}

/** Of a device; then of a VM; then of the machine. */
export const STACK_INSPECTIONS = ['STE', 'guestSTE', 'CD', 'domain', 'faults', 'tlb', 'guestQueues', 'guestRegisters', 'layout', 'allocators', 'stalled', ...COMMON_INSPECTIONS] as const;
export type StackInspection = (typeof STACK_INSPECTIONS)[number];

export interface StackInspectInput {
  readonly what: StackInspection;
  readonly device: string | null;
  readonly vm: string | null;
  /** Which CD: 0, as no guest of these labs has others. */
  readonly ssid: 0;
  readonly walk: WalkInput | null;
}

export interface RegionPlace {
  readonly device: string;
  readonly region: 'DMA_FAULT' | 'DMA_FAULT_RESPONSE';
  readonly position: number;
}

type CallInputs = { readonly [C in CallName]: CallInput };

export interface StackVerbInputs extends CallInputs {
  readonly note: { readonly text: string };
  readonly expect: ExpectInput;
  readonly dma: Omit<DmaInput, 'expect'> & { readonly repeat: number };
  readonly map: GuestRange & { readonly ipa: bigint; readonly access: 'rw' | 'ro' };
  readonly unmap: GuestRange;
  readonly flush: { readonly device: string };
  readonly attach: { readonly device: string; readonly domain: 'dma' | 'passthrough' };
  readonly detach: { readonly device: string };
  /** Which page request of the device the guest's driver answers: by its STAG; null: the oldest. */
  readonly resume: { readonly device: string; readonly stag: number | null; readonly answer: GuestAnswer };
  readonly ste: { readonly device: string; readonly set: Fields };
  readonly cd: { readonly device: string; readonly set: Fields };
  readonly command: { readonly vm: string; readonly command: string; readonly fields: Fields };
  readonly host_map: HostRange;
  readonly host_unmap: HostRange;
  readonly plug: { readonly device: string };
  readonly msi: { readonly device: string };
  readonly attach_pasid_table: PasidTableInput;
  readonly detach_pasid_table: { readonly device: string };
  readonly cache_invalidate: CacheInvalidateInput;
  readonly ioctl: { readonly device: string; readonly cmd: number; readonly bytes: readonly number[] };
  readonly write: { readonly place: MemoryPlace; readonly bytes: readonly number[] };
  readonly read: { readonly place: MemoryPlace; readonly length: number };
  readonly inspect: StackInspectInput;
  /** Of a VM's virtual SMMU, or of the host's; without a value it is read. */
  readonly register: { readonly vm: string | null; readonly name: string; readonly value: bigint | null };
  readonly host_command: { readonly command: string; readonly fields: Fields };
  readonly region_read: RegionPlace & { readonly length: number };
  readonly region_write: RegionPlace & { readonly bytes: readonly number[]; readonly mapped: boolean };
  readonly file_read: { readonly vm: string; readonly fd: number; readonly length: number };
  readonly file_write: { readonly vm: string; readonly fd: number; readonly bytes: readonly number[] };
  readonly page_response: { readonly device: string; readonly grpid: number; readonly pasid: number | null; readonly code: number; readonly fd: number | null; readonly cookie: number };
}

export type StackVerbName = keyof StackVerbInputs;

/** What a step asks of every uAPI, or of one in particular. */
export interface StackStepFrame {
  /** uAPIs that the step is for; null: all. Under another it is passed over. */
  readonly only: readonly Uapi[] | null;
  readonly expect: Effects | null;
  /** In place of `expect` under these uAPIs. */
  readonly under: { readonly [U in Uapi]?: Effects };
  /** Why the uAPIs part in this step. */
  readonly diverges: readonly DivergenceName[];
}

export type StackStep = { readonly [V in StackVerbName]: StackStepFrame & { readonly verb: V; readonly input: StackVerbInputs[V] } }[StackVerbName];

export interface StackLab {
  readonly data: StackData;
  readonly steps: readonly StackStep[];
}
