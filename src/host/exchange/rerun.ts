/** Documents run anew, in an engine of their own beside the one at hand. */
import type { Documents, ProfileName, UapiName } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { TraceLevel } from '../../model/trace/recorder.ts';
import { Lab } from '../run/lab.ts';
import type { LabOptions } from '../run/lab.ts';
import type { ReadOptions } from '../trace/record-source.ts';

export interface Rerun {
  readonly documents: Documents;
  readonly uapi?: UapiName | null | undefined;
  readonly profile?: ProfileName | undefined;
  readonly level: TraceLevel;
  /** Null: all of them. */
  readonly steps: number | null;
}

export type Engines = Pick<LabOptions, 'engine' | 'spoolFolder' | 'segmentsInMemory'>;

/** The lab where its run ended; whoever gets it closes it. Throws an RpcError: `bad-document`, `cancelled`, `engine-crashed`. */
export async function rerun(engines: Engines, { documents, uapi, profile, level, steps }: Rerun, { signal, progress }: ReadOptions = {}): Promise<Lab> {
  const lab = new Lab({ ...engines, onChange: ({ position, steps: all }) => progress?.(position, steps ?? all), onStart: () => undefined, onEnded: () => undefined });
  const stop = (): void => void lab.stop();
  signal?.addEventListener('abort', stop);
  try {
    lab.record({ level });
    const built = await lab.load(documents, uapi ?? null, profile);
    const state = await lab.seek(Math.min(steps ?? built.steps, built.steps));
    if (signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: 'cancelled while the documents were run anew' });
    if (state.state === 'failed') throw new RpcError({ code: RPC_CODES.engineCrashed, message: state.message ?? 'the run failed' });
    return lab;
  } catch (error) {
    await lab.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
