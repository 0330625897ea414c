/**
 * A lab as plain data: what the host owns, what each guest owns, and the steps to run. The documents of
 * formats/lab become this after checking; nothing here knows YAML. Everything survives a structured clone.
 */
import type { DeviationId, Profile } from '../spec/deviations.ts';
import type { Asked } from '../endpoint/page-request-interface.ts';
import type { Completion, PageResponseCode } from '../trace/record.ts';
import type { Iova, Ipa, Pa } from '../base/address.ts';
import type { Choices } from '../spec/choices.ts';
import type { CommonInspection, DmaExpectation, DmaInput, ExpectInput, Fields, MemoryPlace, WalkInput } from './access-data.ts';
import type { StackLab } from './stack/data.ts';

export { COMMON_INSPECTIONS } from './access-data.ts';
export type { CommonInspection, DmaExpectation, DmaInput, Fields, MemoryPlace, WalkInput } from './access-data.ts';

export type Granule = '4K' | '16K' | '64K';
export type DataAccess = 'none' | 'ro' | 'wo' | 'rw';
export type Execute = 'both' | 'none' | 'priv' | 'unpriv';
export type MemoryType = 'normal' | 'normal-nc' | 'device';
export type StreamConfig = 'abort' | 'bypass' | 's1' | 's2' | 'nested';

/** What every map entry says about its leaf descriptors. */
export interface LeafData {
  readonly access: DataAccess;
  readonly execute: Execute;
  readonly memory: MemoryType;
  readonly AF: boolean;
  /** Leaf size in bytes that every descriptor of this map must have; null chooses the largest that fits. */
  readonly block: bigint | null;
  /** Raw fields of the leaf descriptors, over everything else. */
  readonly descriptor: Fields;
}

/** A piece of a stage-2 map: IPA to PA. Without a PA the lab allocates one that differs from the IPA. */
export interface Stage2Map extends LeafData {
  readonly ipa: Ipa;
  readonly pa: Pa | null;
  readonly size: bigint;
}

/** A piece of a stage-1 map. `output` is an IPA for a guest's tables and a PA for tables of a stage-1-only stream. */
export interface Stage1Map extends LeafData {
  readonly iova: Iova;
  readonly output: bigint;
  readonly size: bigint;
  /** AP[1] = 0: unprivileged accesses are refused. */
  readonly privileged: boolean;
  readonly nG: boolean;
}

export interface Stage2Data {
  readonly granule: Granule;
  /** IPA size in bits: S2T0SZ = 64 - ipaBits. */
  readonly ipaBits: number;
  /** Level at which the walk starts: STE.S2SL0. */
  readonly startLevel: number;
  /** S2 fields of the STE, such as S2AFFD, S2R, S2PTW. */
  readonly fields: Fields;
  readonly map: readonly Stage2Map[];
}

export interface Stage1Data {
  readonly granule: Granule;
  /** VA size in bits of each half: T0SZ = T1SZ = 64 - vaBits. */
  readonly vaBits: number;
  readonly map: readonly Stage1Map[];
}

export interface VmData {
  readonly name: string;
  readonly vmid: number;
  readonly stage2: Stage2Data;
}

/** A table of CDs, by SubstreamID: linear, or in two levels with leaves of 4 KiB or 64 KiB (STE.S1Fmt). */
export interface CdTableData {
  readonly format: 'linear' | '4K' | '64K';
  /** STE.S1CDMax. */
  readonly log2size: number;
}

/** A CD of a SubstreamID other than 0, with tables of its own. */
export interface SubstreamData {
  readonly ssid: number;
  readonly cd: Fields;
  readonly stage1: Stage1Data;
}

/** What the owner of a stream's stage 1 prepares: the guest of a nested stream, the host of a stage-1-only one. */
export interface ContextData {
  readonly cd: Fields;
  readonly stage1: Stage1Data;
  /** Where the CD and then the tables are placed (IPA of a guest, PA of the host); null allocates. */
  readonly tables: bigint | null;
  /** null: the stream has one CD and no SubstreamIDs. */
  readonly cdTable: CdTableData | null;
  readonly substreams: readonly SubstreamData[];
}

/** A device that uses ATS (IHI 0070 3.9.1). */
export interface DeviceAts {
  /** STE.EATS: completions carry PAs, or IPAs that Translated transactions take through stage 2. */
  readonly mode: 'full' | 'split';
  /** Translations that its ATC holds. */
  readonly entries: number;
  /** Whether it completes CMD_ATC_INV. */
  readonly answers: boolean;
  /** Page requests that may be outstanding; null: it makes none. */
  readonly credits: number | null;
}

export interface DeviceData {
  readonly name: string;
  readonly StreamID: number;
  readonly vm: string | null;
  readonly Config: StreamConfig;
  /** Its faults may stall: S1STALLD 0 and S2S 1, where the SMMU leaves a choice. */
  readonly stalls: boolean;
  /** What it does of ATS; null: nothing. */
  readonly ats: DeviceAts | null;
  /** Raw fields of the STE, over everything else. */
  readonly ste: Fields;
  /** Stage 1 of a stream with Config s1, which the host owns. */
  readonly context: ContextData | null;
}

export interface SmmuData {
  /** Name of a preset of ID registers in model/spec/features.ts. */
  readonly preset: string;
  /** ID registers that differ from the preset, by name. */
  readonly registers: Readonly<Record<string, number>>;
  readonly streamTable: { readonly format: 'linear' | 'two-level'; readonly log2size: number; readonly split: 6 | 8 | 10 };
  /** Whose behaviour, and in which further points QEMU's. */
  readonly profile: Profile;
  readonly deviations: readonly DeviationId[];
  readonly commandQueue: { readonly log2size: number };
  readonly eventQueue: { readonly log2size: number };
  /** What host software sets up for devices that use ATS; null: none does. `priQueue` is null where none makes page requests. */
  readonly ats: { readonly ATSCHK: boolean; readonly priQueue: { readonly log2size: number } | null } | null;
  readonly caches: { readonly config: number; readonly tlb: number; readonly s1Walk: number; readonly s2Walk: number };
  /** What the architecture leaves open, where not the model's pick. */
  readonly choices: Partial<Choices>;
  readonly CR1: Fields;
  readonly CR2: Fields;
}

export interface MemoryRegion {
  readonly base: Pa;
  readonly size: bigint;
}

export interface HostData {
  readonly title: string;
  readonly smmu: SmmuData;
  readonly memory: readonly MemoryRegion[];
  readonly vms: readonly VmData[];
  readonly devices: readonly DeviceData[];
}

export interface GuestData {
  readonly vm: string;
  readonly devices: readonly { readonly name: string; readonly context: ContextData }[];
}

export interface LabData {
  readonly host: HostData;
  readonly guests: readonly GuestData[];
  readonly steps: readonly StepData[];
  /** A lab of the whole stack, whose drivers build what `host` and `guests` otherwise say; its steps are its own. */
  readonly stack?: StackLab;
}

/** A host edits the stage-2 map of a VM, the owner of stage 1 edits the stage-1 map of a device. */
export type MapInput =
  | { readonly stage: 2; readonly vm: string; readonly entry: Stage2Map }
  | { readonly stage: 1; readonly device: string; readonly ssid: number; readonly entry: Stage1Map };

export type UnmapInput =
  | { readonly stage: 2; readonly vm: string; readonly address: Ipa; readonly size: bigint }
  | { readonly stage: 1; readonly device: string; readonly ssid: number; readonly address: Iova; readonly size: bigint };

export interface CommandInput {
  /** An enhanced command queue, or null: the command queue. */
  readonly queue: number | null;
  /** Whether the host acknowledges an error, so that the queue goes on. */
  readonly acknowledge: boolean;
  readonly command: string;
  readonly fields: Fields;
  readonly expect: { readonly error: 'none' | 'CERROR_ILL' | 'CERROR_ABT' | 'CERROR_ATC_INV_SYNC' } | null;
}

export interface WriteInput {
  readonly place: MemoryPlace;
  readonly bytes: readonly number[];
}

export interface ReadInput {
  readonly place: MemoryPlace;
  readonly length: number;
  readonly expect: { readonly bytes: readonly number[] } | null;
}

export interface RegisterInput {
  readonly name: string;
  /** null reads the register. */
  readonly value: bigint | null;
  readonly expect: { readonly value: bigint } | null;
}

/** Edits fields of the STE or CD of a device in memory; caches keep what they hold until a CMD_CFGI_*. */
export interface EditInput {
  readonly device: string;
  /** Which CD of a device with several; 0 is that of no SubstreamID. */
  readonly ssid: number;
  readonly set: Fields;
}

/** CMD_RESUME for a stalled transaction of a device. */
export interface ResumeInput {
  readonly device: string;
  /** null: the oldest that software knows of. */
  readonly stag: number | null;
  readonly answer: 'retry' | 'abort' | 'raz-wi';
  /** Of the transfer that goes on or ends. */
  readonly expect: DmaExpectation | null;
}

export interface StallTermInput {
  readonly device: string;
}

/** An address translation operation. */
export interface AtosInput {
  readonly device: string;
  /** An IOVA, or an IPA with stages `stage-2`. */
  readonly address: bigint;
  readonly stages: 'stage-1' | 'stage-2' | 'both';
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
  readonly ssid: number | null;
  /** false sets HTTUI. */
  readonly httu: boolean;
  /** The VM whose VATOS is used; null: GATOS. */
  readonly vatos: string | null;
  readonly expect: {
    readonly address?: bigint | undefined;
    readonly size?: bigint | undefined;
    readonly fault?: string | undefined;
    readonly reason?: string | undefined;
    readonly ipa?: bigint | undefined;
  } | null;
}

export interface InspectInput {
  readonly what: 'STE' | 'CD' | 'layout' | 'tables' | 'events' | 'stalled' | 'atc' | 'pri' | 'priq' | CommonInspection['what'];
  readonly device: string | null;
  readonly ssid: number;
  readonly walk: WalkInput | null;
  readonly expect: Fields | null;
}

export interface AtsExpectation {
  readonly completion?: Completion | undefined;
  readonly address?: bigint | undefined;
  readonly space?: 'pa' | 'ipa' | undefined;
  readonly size?: bigint | undefined;
  readonly read?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly execute?: boolean | undefined;
  /** The fault behind the completion, whether or not it is recorded. */
  readonly event?: string | undefined;
  readonly recorded?: boolean | undefined;
  readonly rule?: string | undefined;
}

/** An ATS translation request of a device. */
export interface AtsInput {
  readonly device: string;
  readonly iova: Iova;
  readonly ssid: number | null;
  readonly noWrite: boolean;
  readonly execute: boolean;
  readonly privileged: boolean;
  readonly expect: AtsExpectation | null;
}

/** A page request of a device. */
export interface PriInput {
  readonly device: string;
  readonly iova: Iova;
  readonly ssid: number | null;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  readonly privileged: boolean;
  /** PRGIndex. */
  readonly group: number;
  readonly last: boolean;
  readonly expect: {
    readonly result?: Asked | undefined;
    /** Of the SMMU itself, at once. */
    readonly response?: 'none' | PageResponseCode | undefined;
  } | null;
}

/** The input of each verb. The registry of verbs.ts executes them, formats/lab has a schema for each. */
export interface VerbInputs {
  readonly note: { readonly text: string };
  readonly dma: DmaInput;
  readonly map: MapInput;
  readonly unmap: UnmapInput;
  readonly command: CommandInput;
  readonly sync: Record<never, never>;
  readonly write: WriteInput;
  readonly read: ReadInput;
  readonly register: RegisterInput;
  readonly ste: EditInput;
  readonly cd: EditInput;
  readonly inspect: InspectInput;
  readonly ats: AtsInput;
  readonly pri: PriInput;
  readonly resume: ResumeInput;
  readonly stall_term: StallTermInput;
  readonly atos: AtosInput;
  readonly expect: ExpectInput;
}

export type VerbName = keyof VerbInputs;

/** One step: a verb and its input, and where it stands in the document, such as `steps[3]`. */
export type StepData = { readonly [V in VerbName]: { readonly verb: V; readonly input: VerbInputs[V] } }[VerbName];
