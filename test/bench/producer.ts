/**
 * The engine's side of the measurement: uncached nested walks of 24 reads in batches, and, when it is told to, one record for each of
 * them into the ring, waiting for room as the lab's engine does.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareCaptured } from './captured-walks.ts';

export interface ProducerData {
  readonly ring: SharedArrayBuffer;
}

const walks = prepareCaptured((workerData as ProducerData).ring);
/** Translates so many times; answers with the nanoseconds of each. */
parentPort!.on('message', ({ count, captured }: { readonly count: number; readonly captured: boolean }) => parentPort!.postMessage(walks(count, captured)));
