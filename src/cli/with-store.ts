/** The store of a command: opened, asked and closed in this process's own threads. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder, spoolIn } from '../host/data-folder.ts';
import { bundledWorkers, sourceWorkers } from '../host/index.ts';
import { recoverRuns } from '../host/run/recover-runs.ts';
import { StoreClient } from '../host/store/store-client.ts';
import { refusalOf } from './refusal.ts';

const here = fileURLToPath(import.meta.url);
const workers = () => (here.endsWith('.ts') ? sourceWorkers(join(dirname(here), '..', 'host')) : bundledWorkers(dirname(here)));

/** `folder` undefined: that of this user. What the store refuses, the command refuses. */
export async function withStore<T>(folder: string | undefined, work: (store: StoreClient) => Promise<T>): Promise<T> {
  const data = folder ?? dataFolder();
  const store = new StoreClient(workers().store, data);
  try {
    await recoverRuns(store, spoolIn(data));
    return await work(store);
  } catch (error) {
    throw refusalOf(error);
  } finally {
    await store.close();
  }
}
