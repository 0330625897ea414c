/** Where the tour is. It never blocks: the window works as ever, and the tour is left at any time. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { runToEnd } from '../../services/commands.ts';
import { useSessions } from '../../services/sessions.ts';
import { TOUR, TOUR_LAB } from './tour-steps.ts';

export const useTour = defineStore('tour', () => {
  const sessions = useSessions();
  /** Index of the step, -1 when there is no tour. */
  const at = ref(-1);
  const step = computed(() => TOUR[at.value] ?? null);
  /** The furthest step so far. */
  let reached = -1;
  let moving = false;

  /** From the beginning, on its own lab. */
  async function start(): Promise<void> {
    if (!(await sessions.openSample(TOUR_LAB))) return;
    reached = -1;
    await goTo(0);
  }

  async function goTo(index: number): Promise<void> {
    const wanted = TOUR[index];
    if (wanted === undefined || moving) return;
    moving = true;
    if (index > reached) for (const command of wanted.does ?? []) await runToEnd(command);
    if (wanted.shows !== undefined) await runToEnd(wanted.shows);
    moving = false;
    reached = Math.max(reached, index);
    at.value = index;
  }

  const next = (): Promise<void> => (at.value === TOUR.length - 1 ? Promise.resolve(leave()) : goTo(at.value + 1));
  const back = (): Promise<void> => goTo(at.value - 1);
  const leave = (): void => void (at.value = -1);

  return { at, step, start, next, back, leave };
});
