/** Entry of the store's thread: SQLite waits for the disk here, not in the host. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../model/base/assert.ts';
import type { StoreApi } from './store/api.ts';
import { createStore } from './store/store.ts';
import { serveCalls } from './threads/worker-calls.ts';

export interface StoreWorkerData {
  readonly folder: string;
}

assert(parentPort !== null, 'store-worker runs in a worker_thread');
const port = parentPort;
// Calls that arrive while the database opens wait in the port: it delivers nothing before somebody listens.
void createStore((workerData as StoreWorkerData).folder).then((store) => serveCalls<StoreApi>(port, store));
