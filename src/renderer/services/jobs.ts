/** Work under way. What takes longer than a moment is shown, with a way to cancel it. */
import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';

/** A job shorter than this is never shown, in milliseconds. */
export const MOMENT = 200;

export interface Job {
  readonly id: number;
  readonly label: string;
  cancel(): void;
}

export const useJobs = defineStore('jobs', () => {
  const visible = shallowReactive(new Map<number, Job>());
  let nextId = 1;

  /**
   * Runs `work`; while it takes longer than a moment, it is listed. Cancelling aborts its signal, and `work` decides how it ends.
   * With `relabel` it says how far it is.
   */
  async function track<T>(label: string, work: (signal: AbortSignal, relabel: (label: string) => void) => Promise<T>): Promise<T> {
    const id = nextId++;
    const controller = new AbortController();
    const job = { id, label, cancel: () => controller.abort() };
    const timer = setTimeout(() => visible.set(id, { ...job }), MOMENT);
    const relabel = (next: string): void => {
      job.label = next;
      if (visible.has(id)) visible.set(id, { ...job });
    };
    try {
      return await work(controller.signal, relabel);
    } finally {
      clearTimeout(timer);
      visible.delete(id);
    }
  }

  return { visible, track };
});
