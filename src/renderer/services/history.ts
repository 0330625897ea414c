/** Where one was: selections in order, to go back to and forth again. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';

/** Places that are kept. */
const KEPT = 100;
/** A place left sooner, in milliseconds, was passed through: holding `j` is one way. */
const PASSING = 400;

type Visited = { readonly lead: 'transaction'; readonly txn: number } | { readonly lead: 'event'; readonly event: number };

export const useHistory = defineStore('history', () => {
  const selection = useSelection();
  const run = useRun();
  const visited = shallowRef<readonly Visited[]>([]);
  const at = ref(-1);
  let moving = false;
  let arrived = 0;

  const here = (): Visited | null => {
    if (selection.lead === 'event') return selection.event === null ? null : { lead: 'event', event: selection.event };
    return selection.txn === null ? null : { lead: 'transaction', txn: selection.txn };
  };
  const isSame = (a: Visited | undefined, b: Visited): boolean => a !== undefined && JSON.stringify(a) === JSON.stringify(b);

  function visit(): void {
    const place = here();
    if (moving || place === null || isSame(visited.value[at.value], place)) return;
    const now = performance.now();
    const kept = visited.value.slice(0, at.value + (now - arrived < PASSING && at.value > 0 ? 0 : 1));
    arrived = now;
    visited.value = [...kept, place].slice(-KEPT);
    at.value = visited.value.length - 1;
  }

  watch([() => selection.lead, () => selection.txn, () => selection.event], visit);
  // Another machine has other transactions.
  watch(
    () => run.machine,
    () => {
      visited.value = [];
      at.value = -1;
    },
  );

  const canMove = (step: 1 | -1): boolean => visited.value[at.value + step] !== undefined;
  const canGoBack = computed(() => canMove(-1));
  const canGoForth = computed(() => canMove(1));

  async function move(step: 1 | -1): Promise<void> {
    const place = visited.value[at.value + step];
    if (place === undefined) return;
    at.value += step;
    moving = true;
    try {
      await (place.lead === 'event' ? selection.selectEvent(place.event) : selection.selectTransaction(place.txn));
    } finally {
      moving = false;
    }
  }

  return { visited, at, canGoBack, canGoForth, move };
});
