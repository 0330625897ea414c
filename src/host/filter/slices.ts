/** Work on a long list, a little at a time: the same thread answers the window meanwhile. */
import { RPC_CODES, RpcError } from '../../protocol/errors.ts';

/** Elements of a slice, and how long slices may follow each other, in milliseconds. */
const SLICE = 16_384;
const TURN_MS = 12;

export interface Watch {
  readonly signal?: AbortSignal | undefined;
  progress?(done: number, total: number): void;
}

/**
 * Calls `work` with one slice after the other until `to()`, which may grow; it returns how far it came, less than asked where the list
 * is not whole yet. Returns how far all of it came. Aborting throws `cancelled`.
 */
export async function inSlices(from: number, to: () => number, work: (from: number, end: number) => number, { signal, progress }: Watch): Promise<number> {
  let done = from;
  let turn = performance.now() + TURN_MS;
  for (let end = to(); done < end; end = to()) {
    const asked = Math.min(end, done + SLICE);
    done = work(done, asked);
    if (done < asked) return done;
    if (performance.now() < turn || done >= end) continue;
    progress?.(done, end);
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted === true) throw new RpcError({ code: RPC_CODES.cancelled, message: `cancelled after ${done} of ${end} rows` });
    turn = performance.now() + TURN_MS;
  }
  return done;
}
