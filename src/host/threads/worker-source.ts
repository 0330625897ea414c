import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import type { QuerySource } from '../store/query/query-client.ts';

/** A file to run as a worker, or how to start one: tests start sources, and watch or break what they started. */
export type WorkerSource = string | ((options: WorkerOptions) => Worker);

export interface WorkerSources {
  readonly engine: WorkerSource;
  readonly store: WorkerSource;
  /** It runs as a process. */
  readonly query: QuerySource;
}

/** The workers of a build, beside the bundle that is running. */
export const bundledWorkers = (folder: string): WorkerSources => ({
  engine: join(folder, 'engine-worker.cjs'),
  store: join(folder, 'store-worker.cjs'),
  query: join(folder, 'query-process.cjs'),
});

/** Loads workers from the sources, for a Node that runs TypeScript. */
export const sourceWorkers = (hostFolder: string): WorkerSources => ({
  engine: join(hostFolder, 'engine-worker.ts'),
  store: join(hostFolder, 'store-worker.ts'),
  query: join(hostFolder, 'query-process.ts'),
});

export const startWorker = (source: WorkerSource, options: WorkerOptions): Worker =>
  typeof source === 'string' ? new Worker(source, options) : source(options);
