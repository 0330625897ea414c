/** Calls that take their time: each says how far it is, and can be cancelled from the tool bar or from a dialog that shows it. */
import { defineStore } from 'pinia';
import { shallowReactive } from 'vue';
import type { Method, Params, ResultOf } from '../../protocol/contract.ts';
import { useJobs } from './jobs.ts';
import { useLabClient } from './lab-client.ts';

type JobMethod = { [M in Method]: Params<M> extends { job: string } ? M : never }[Method];

export interface LabJob {
  readonly id: string;
  readonly what: string;
  readonly done: number;
  /** 0 while it is not known. */
  readonly total: number;
  cancel(): void;
}

export const useLabJobs = defineStore('lab-jobs', () => {
  const client = useLabClient();
  const jobs = useJobs();
  const underWay = shallowReactive(new Map<string, LabJob>());
  const relabels = new Map<string, (label: string) => void>();
  let made = 0;

  function tell(id: string, what: string, done: number, total: number): void {
    const job = underWay.get(id);
    if (job === undefined) return;
    underWay.set(id, { ...job, what, done, total });
    relabels.get(id)?.(total > 0 ? `${what}, ${Math.floor((100 * done) / total)} %` : what);
  }
  client.on('jobs.progress', ({ job, what, done, total }) => tell(job, what, done, total));

  /** Work that is told under an id of its own. */
  const track = <T>(what: string, work: (id: string, signal: AbortSignal) => Promise<T>): Promise<T> =>
    jobs.track(what, async (signal, relabel) => {
      const id = `job-${++made}`;
      const own = new AbortController();
      const cancel = (): void => own.abort();
      signal.addEventListener('abort', cancel);
      underWay.set(id, { id, what, done: 0, total: 0, cancel });
      relabels.set(id, relabel);
      try {
        return await work(id, own.signal);
      } finally {
        underWay.delete(id);
        relabels.delete(id);
      }
    });

  const call = <M extends JobMethod>(method: M, params: Omit<Params<M>, 'job'>, what: string): Promise<ResultOf<M>> => track(what, (job, signal) => client.call(method, { ...params, job } as Params<M>, { signal }));

  return { underWay, track, tell, call };
});
