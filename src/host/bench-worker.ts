/** One case of the benchmark: one model in a thread of its own, as the lab runs it. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../model/base/assert.ts';
import { prepare } from './bench/cases.ts';
import type { CaseName } from './bench/cases.ts';

const port = parentPort;
assert(port !== null, 'this file runs as a worker');
const prepared = prepare((workerData as { readonly name: CaseName }).name);
port.on('message', (seconds: number) => port.postMessage(prepared.round(seconds)));
port.postMessage(prepared.sum);
