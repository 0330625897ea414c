/** What the engine's thread answers, and what it tells unasked. */
import type { ComparisonProgress, QemuComparison, Reasons, StepSaid } from '../../model/lab/index.ts';
import type { LabCase } from '../../formats/qemu-cases/case-of-lab.ts';
import type { Judged } from '../../formats/qemu-cases/difference.ts';
import type { Answer } from '../../formats/qemu-cases/run-case.ts';
import type { MachineState } from '../bundle/machine-state.ts';
import type { IdRegisters } from '../../model/spec/index.ts';
import type { CompareOptions } from '../../model/trace/compare/compare.ts';
import type { CaptureStream, Decoded, Documents, LookingMethod, Problem, ProfileName, QueueState, RecordingOptions, Ring, RingEntry, StalledRow, UapiName } from '../../protocol/contract.ts';

export interface EngineWorkerData {
  /** The trace ring (model/trace/ring.ts). */
  readonly ring: SharedArrayBuffer;
}

export interface PreparedLab {
  readonly problems: Problem[];
  /** No errors: `build` would build it. */
  readonly ok: boolean;
}

/** A structure in memory: numbers as hex, so that a stored run has them as they were. */
export interface StructurePlace {
  /** `stage 1 level 3 table of nic0`. */
  readonly name: string;
  readonly owner: 'host' | 'guest';
  readonly vm: string | null;
  readonly address: string;
  readonly space: 'ipa' | 'pa' | 'kernel';
  /** Where it lies; null: nowhere that the SMMU could reach. */
  readonly pa: string | null;
  readonly size: string;
}

export interface BuiltLab {
  readonly title: string;
  readonly steps: number;
  /** StreamID and name of each device. */
  readonly devices: (readonly [sid: number, name: string])[];
  /** null: it has no stack. */
  readonly uapi: UapiName | null;
  /** ID registers of its SMMU. */
  readonly id: IdRegisters;
  readonly structures: readonly StructurePlace[];
}

export const EXPECTATION = { NONE: 0, MET: 1, FAILED: 2 } as const;

export interface StepNote {
  /** 1-based. */
  readonly step: number;
  readonly text: string;
  readonly severity: 'note' | 'failed' | 'stale';
  /** Steps that were missing, as lines of the document, behind the first `after` steps. */
  readonly fix?: { readonly after: number; readonly steps: string[] };
}

/** Steps done since the last report. */
export interface Progress {
  readonly position: number;
  /** EXPECTATION of each step up to `position`, from where the last report ended. */
  readonly expectations: Uint8Array;
  readonly notes: StepNote[];
  /** What lies where; only where the run stands still, not in the middle of it. */
  readonly structures?: readonly StructurePlace[];
}

/** The machine stands where it stood before, and what of the run led there. */
export interface WentBack {
  readonly position: number;
  /** Records that were made on the way there. */
  readonly records: number;
  /** The last of them. */
  readonly notes: StepNote[];
  /** CMD_RESUME was issued by hand on the way. */
  readonly byHand: boolean;
  readonly structures: readonly StructurePlace[];
}

/** Files of a capture folder, or a dump with its registers. */
export interface CaptureInput {
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** Registers as text. */
  readonly registers?: string;
  /** Physical address of a raw image. */
  readonly base?: bigint;
}

export interface OpenedCapture {
  readonly description: string;
  readonly streams: CaptureStream[];
  /** What a dump says of itself, and what was not understood. */
  readonly notes: readonly string[];
  readonly id: IdRegisters;
}

export interface ResumeRequest {
  readonly sid: number;
  readonly stag: number;
  readonly answer: 'retry' | 'abort' | 'raz-wi';
}

export interface TranslateRequest {
  readonly sid: number;
  readonly ssid: number | null;
  readonly iova: bigint;
  readonly access: 'read' | 'write' | 'execute';
  readonly privileged: boolean;
}

/** Where a comparison stands; `result` once it is done. */
export interface ComparisonState extends ComparisonProgress {
  readonly result: QemuComparison | null;
}

/** Documents, and what is chosen over what they say. */
export interface WayToRun {
  readonly documents: Documents;
  readonly uapi: UapiName | null;
  readonly profile: ProfileName | undefined;
}

/** Where the search for reasons stands; `result` once it is done. */
export interface ReasonsState extends ComparisonProgress {
  readonly result: Reasons | null;
}

/** What the machine to be built is recorded with. */
export type RecorderOptions = Pick<RecordingOptions, 'level' | 'whenFull'>;

type Nothing = Record<never, never>;

/** Records that a call made are published in the ring before its answer is sent. */
export interface EngineApi {
  check(params: { readonly documents: Documents }): Problem[];
  /** Records of a text, and in their place what is none of them. */
  decode(params: { readonly text: string }): Decoded[];
  decodeFile(params: { readonly bytes: Uint8Array }): Decoded[];
  /** Parses and keeps the lab for `build`; the machine at hand stays as it is. */
  prepare(params: { readonly documents: Documents }): PreparedLab;
  /** Builds the machine of what was prepared in place of the one at hand; fails with `bad-document` and its problems. */
  build(params: RecorderOptions & { readonly uapi?: UapiName; readonly profile?: ProfileName }): BuiltLab;
  /** A new machine of the same lab, position 0. */
  reset(params: RecorderOptions): BuiltLab;
  step(params: Nothing): Progress;
  /** Runs until `to` steps are done, or all; reports progress as notices while it runs; ends early after `stop`. */
  run(params: { readonly to?: number }): Progress;
  /** Back to where so many steps were done; no records. After `stop` it ends before. `notes`: how many there shall be at most. */
  back(params: { readonly to: number; readonly notes: number }): WentBack;
  stop(params: Nothing): undefined;
  /** Begins to compare the lab at hand with QEMU, from its start and beside its machine, in place of a comparison under way. */
  compare(params: Nothing): undefined;
  /** Goes on for a slice of time; `cancelled` when what is compared is gone. */
  compareOn(params: Nothing): ComparisonState;
  compareNoMore(params: Nothing): undefined;
  /** Begins to look for reasons for which two ways to run labs may part. */
  reasons(params: { readonly a: WayToRun; readonly b: WayToRun; readonly options: CompareOptions }): undefined;
  /** Goes on for a slice of time. */
  reasonsOn(params: Nothing): ReasonsState;
  /** What a QEMU is asked for these documents; fails with `bad-document` and what of them no QEMU can have. */
  caseOf(params: { readonly documents: Documents; readonly uapi: UapiName | null }): LabCase;
  /** The verdicts on a QEMU's answers. */
  judge(params: Pick<LabCase, 'one' | 'ramBytes'> & { readonly live: readonly Answer[] }): Judged[];
  /** What the steps done so far said. */
  said(params: Nothing): StepSaid[];
  /** Registers and memory as they are now; fails with `no-machine`. */
  state(params: { readonly step: number; readonly name: string }): MachineState;
  /** Fails with the code of what is wrong with the files; the machine at hand is gone only when it succeeds. */
  openCapture(params: CaptureInput): OpenedCapture;
  /** What there is to say about it beyond the trace. */
  translate(params: TranslateRequest): StepNote | null;
  queue(params: Nothing): QueueState | null;
  /** Of no machine there are none. */
  rings(params: Nothing): Ring[];
  /** Fails with `not-found`. */
  ringWindow(params: { readonly id: string; readonly from: number; readonly count: number }): { total: number; rows: RingEntry[] };
  /** A look at the machine by the method of its name, whose result it gives; fails with `no-machine`. */
  look(params: { readonly method: LookingMethod; readonly params: unknown }): unknown;
  /** Records of the access as memory says now, without caches and effects; fails with `no-machine`. */
  walk(params: TranslateRequest): Int32Array;
  stalled(params: Nothing): StalledRow[];
  /** CMD_RESUME; what it led to, in a line. */
  resume(params: ResumeRequest): string;
}
