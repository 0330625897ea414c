/** An access walked without caches and without effects: its records, as in a trace. */
import { walk } from '../../../model/lab/inspect/walk.ts';
import { RPC_CODES, RpcError } from '../../../protocol/errors.ts';
import type { TranslateRequest } from '../api.ts';
import type { Subject } from './subject.ts';

export function freshWalk(subject: Subject | null, { sid, ssid, iova, access, privileged }: TranslateRequest): Int32Array {
  if (subject === null) throw new RpcError({ code: RPC_CODES.noMachine, message: 'there is no machine to look at' });
  const { smmu } = subject;
  return walk({ smmu, memory: smmu.memory }, { sid, iova, access, privileged, ...(ssid === null ? {} : { ssid }) }).words;
}
