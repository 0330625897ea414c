/** The machine that is looked at: of a lab of either kind, or of a capture. Looking changes nothing, and no record tells of it. */
import type { Capture } from '../../../formats/capture/capture.ts';
import { isMissing } from '../../../formats/capture/machine.ts';
import type { EventOfText } from '../../../formats/survey/logged-events.ts';
import type { EventSurroundings } from '../../../formats/survey/event-text.ts';
import type { Endpoint } from '../../../model/endpoint/endpoint.ts';
import type { Machine } from '../../../model/lab/index.ts';
import type { StackBench } from '../../../model/lab/stack/bench.ts';
import type { Smmu } from '../../../model/smmu/smmu.ts';

export interface Subject {
  readonly smmu: Smmu;
  /** The whole stack, in a lab that has one. */
  readonly bench: StackBench | null;
  /** The machine of a lab without kernels. */
  readonly machine: Machine | null;
  /** What it was built from, when that was a capture. */
  readonly capture?: Capture;
  /** Events of logs that came with it. */
  readonly logged: readonly EventOfText[];
  /** Whose StreamID it is, by a lab or by tables of firmware. */
  nameOf(sid: number): string | null;
}

export const surroundingsOf = ({ capture, nameOf }: Subject): EventSurroundings => ({ nameOf, isMissing: (pa) => capture !== undefined && isMissing(capture, pa) });

/** Devices that use ATS. */
export const endpointsOf = ({ bench, machine }: Subject): readonly Endpoint[] => bench?.stack.host.endpoints.all ?? machine?.endpoints.all ?? [];
