/** Two runs compared: what was asked for, what was found, and which difference is looked at. */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { CompareSide, Comparison, ComparedStep, Difference, Params } from '../../protocol/contract.ts';
import { useLabJobs } from './lab-jobs.ts';
import { useMessages } from './messages.ts';

/** Differences told of each step. */
export const TOLD = 50;

export interface Found {
  readonly step: ComparedStep;
  readonly difference: Difference;
}

export const useCompared = defineStore('compared', () => {
  const jobs = useLabJobs();
  const messages = useMessages();
  const report = shallowRef<Comparison | null>(null);
  /** The one under way. */
  const isComparing = ref(false);
  /** Of `found`; -1: none. */
  const at = ref(-1);
  const ignore = ref<readonly string[]>([]);
  const depth = ref<NonNullable<Params<'runs.compare'>['depth']> | null>(null);

  const found = computed<readonly Found[]>(() => (report.value?.steps ?? []).flatMap((step) => step.differences.map((difference) => ({ step, difference }))));
  const chosen = computed(() => found.value[at.value] ?? null);

  /** The first divergence is then the one that is looked at. */
  async function compare(a: CompareSide, b: CompareSide): Promise<void> {
    if (isComparing.value) return;
    isComparing.value = true;
    const asked = { a, b, ignore: [...ignore.value], limit: TOLD, ...(depth.value === null ? {} : { depth: depth.value }) };
    const answer = await messages.attempt('compare', () => jobs.call('runs.compare', asked, 'Comparing'));
    isComparing.value = false;
    if (answer === undefined) return;
    report.value = answer;
    at.value = found.value.length > 0 ? 0 : -1;
  }

  const canMove = (step: 1 | -1): boolean => found.value[at.value + step] !== undefined;
  const move = (step: 1 | -1): void => void (canMove(step) && (at.value += step));
  const choose = (index: number): void => void (at.value = index);

  /** Adds to what is ignored; takes effect with the next comparison. */
  const leaveOut = (name: string): void => void (ignore.value = [...new Set([...ignore.value, name.trim()])].filter((one) => one !== ''));
  const takeBack = (name: string): void => void (ignore.value = ignore.value.filter((one) => one !== name));

  return { report, isComparing, at, ignore, depth, found, chosen, compare, canMove, move, choose, leaveOut, takeBack };
});
