/** The engine's lab compared with QEMU: driven slice by slice, so that it can be followed and let go. */
import type { QemuComparison, QemuProgress } from '../../protocol/contract.ts';
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';
import type { EngineClient } from '../engine/engine-client.ts';

/** Rejects with `cancelled` when the signal is aborted, and when another lab takes the place of this one. `tell` hears of each run that is done. */
export async function compareWithQemu(engine: EngineClient, signal: AbortSignal, tell: (progress: QemuProgress) => void): Promise<QemuComparison> {
  await engine.call('compare', {});
  let told = -1;
  while (!signal.aborted) {
    const { done, atMost, result } = await engine.call('compareOn', {});
    if (result !== null) {
      return { compared: [...result.compared], differences: result.differences.map(({ index, because, ...rest }) => ({ ...rest, step: index + 1, because: [...because] })) };
    }
    if (done !== told) tell({ done, atMost });
    told = done;
  }
  await engine.call('compareNoMore', {});
  throw new RpcError({ code: RPC_CODES.cancelled, message: 'the comparison with QEMU was cancelled' });
}
