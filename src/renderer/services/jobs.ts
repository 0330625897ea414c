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

  /** Runs `work`; while it takes longer than a moment, it is listed. Cancelling aborts its signal, and `work` decides how it ends. */
  async function track<T>(label: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const id = nextId++;
    const controller = new AbortController();
    const timer = setTimeout(() => visible.set(id, { id, label, cancel: () => controller.abort() }), MOMENT);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      visible.delete(id);
    }
  }

  return { visible, track };
});
