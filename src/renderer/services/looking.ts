/** A look at the machine as it is now, taken anew whenever the run changes, while the panel that asks for it is in front. */
import { onActivated, onDeactivated, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue';
import { RPC_CODES, RpcError } from '../../protocol/contract.ts';
import { useMessages, type MessagePlace } from './messages.ts';
import { useRun } from './run.ts';

export interface Looking<T> {
  readonly seen: Readonly<ShallowRef<T | null>>;
  /** There is no machine: nothing is loaded, or a stored run is on screen. */
  readonly missing: Readonly<Ref<boolean>>;
  refresh(): Promise<void>;
}

/** `take` looks; `also`: what else it depends on. Looks that are asked for while one is under way become one more. */
export function useLooking<T>(place: MessagePlace, take: () => Promise<T>, also: readonly WatchSource[] = []): Looking<T> {
  const attempt = useMessages().aside(place);
  const run = useRun();
  const seen = shallowRef<T | null>(null);
  const missing = ref(false);
  let inFront = false;
  let due = true;
  let under = false;

  async function refresh(): Promise<void> {
    due = true;
    if (under || !inFront) return;
    under = true;
    while (due) {
      due = false;
      const answer = await attempt(look);
      if (answer !== undefined) seen.value = answer.value;
    }
    under = false;
  }

  async function look(): Promise<{ readonly value: T | null }> {
    try {
      const value = run.state === null ? null : await take();
      missing.value = value === null;
      return { value };
    } catch (error) {
      if (!(error instanceof RpcError) || (error.code !== RPC_CODES.noMachine && error.code !== RPC_CODES.engineCrashed)) throw error;
      missing.value = true;
      return { value: null };
    }
  }

  watch([() => run.state, () => run.epoch, ...also], () => void refresh());
  const front = (): void => {
    inFront = true;
    if (due) void refresh();
  };
  onMounted(front);
  onActivated(front);
  onDeactivated(() => (inFront = false));
  return { seen, missing, refresh };
}
