/** The lab host as main and server use it. */
export { dataFolder } from './data-folder.ts';
export { createLabHost } from './lab-host.ts';
export type { LabHost, LabHostOptions } from './lab-host.ts';
export { probeQemu } from './qemu/executable.ts';
export { bundledWorkers, sourceWorkers } from './threads/worker-source.ts';
export type { WorkerSource, WorkerSources } from './threads/worker-source.ts';
export { CONTENT_SECURITY_POLICY, SECURITY_HEADERS } from './web/policy.ts';
export type { QueryProcess } from './store/query/query-client.ts';
