/** What a verb of a stack lab is. */
import type { Result } from '../../base/result.ts';
import type { Detail, DmaDone } from '../verbs/verb.ts';
import type { StackBench } from './bench.ts';
import type { StackVerbInputs, StackVerbName } from './data.ts';

/** What a verb did itself; what came of it further on is watched. */
export interface StackDone {
  readonly text: string;
  readonly details?: readonly Detail[];
  /** Answer of the call that it made. */
  readonly errno?: number;
  readonly fields?: Readonly<Record<string, bigint>>;
  readonly words?: readonly bigint[];
  readonly bytes?: Uint8Array;
  readonly dma?: DmaDone;
  /** What a step that asserts found otherwise. */
  readonly differences?: readonly string[];
  /** The same once the event loops have run: a transfer that stalled may have been answered. Absent: nothing changes. */
  readonly settled?: () => StackDone;
}

export interface StackVerb<V extends StackVerbName> {
  readonly name: V;
  /** Who does what, in a sentence. */
  readonly doc: string;
  /** An error is a step that could not be done at all. */
  execute(bench: StackBench, input: StackVerbInputs[V]): Result<StackDone>;
}
