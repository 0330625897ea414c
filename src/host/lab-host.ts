/** The lab host: everything behind the protocol, for any number of UIs. Node only, never Electron. */
import type { Port } from '../protocol/port.ts';
import { Connection } from './connection.ts';
import { spoolIn } from './data-folder.ts';
import { recoverRuns } from './run/recover-runs.ts';
import type { QemuProgram } from '../protocol/contract.ts';
import { QemuPrograms } from './qemu/programs.ts';
import { Samples } from './samples.ts';
import { QueryClient } from './store/query/query-client.ts';
import type { StoreStatus } from './store/api.ts';
import { StoreClient } from './store/store-client.ts';
import type { WorkerSources } from './threads/worker-source.ts';

/** What a crash left is stored before anything is listed, unless it takes longer. */
const RECOVERY_MS = 5000;

export interface LabHostOptions {
  /** Where the database lives; made when it is missing. */
  readonly dataDir: string;
  /** Where `labs` and `captures` are. */
  readonly resourcesDir: string;
  /** Of this program, for `hello`. */
  readonly version: string;
  readonly workers: WorkerSources;
  /** Where traces go that do not fit memory; `spool` in the data folder by default. */
  readonly spoolFolder?: string;
  /** Segments of 4 MiB of trace kept in memory for each UI; 16 by default. */
  readonly segmentsInMemory?: number;
  /** Ids of commands that the first window is to run. */
  readonly commands?: readonly string[];
  /** Path of a QEMU that labs may be compared with. */
  readonly qemu?: string;
  /** Hears of bugs and of what failed in the background; standard error by default. */
  readonly report?: (error: unknown) => void;
}

export interface LabHost {
  /** Serves the protocol on a port until it closes. Each port has an engine of its own; sessions are shared. */
  connect(port: Port): void;
  /** Labs may be compared with this QEMU from now on: its owner chose it; now, or before, when it had this handle. */
  admitQemu(path: string, handle?: string): QemuProgram;
  /** Closes every port, waits for what is being saved, ends all threads. */
  close(): Promise<void>;
}

export function createLabHost(options: LabHostOptions): LabHost {
  const { version, workers, segmentsInMemory, spoolFolder = spoolIn(options.dataDir), report = console.error } = options;
  const store = new StoreClient(workers.store, options.dataDir);
  const queries = new QueryClient(workers.query, options.dataDir);
  const samples = new Samples(options.resourcesDir);
  const qemus = new QemuPrograms();
  if (options.qemu !== undefined) qemus.admit(options.qemu);
  let commands = options.commands ?? [];
  const takeCommands = (): readonly string[] => {
    const taken = commands;
    commands = [];
    return taken;
  };
  const connections = new Map<Connection, Port>();
  const closing = new AbortController();
  const recover = (): Promise<unknown> =>
    recoverRuns(store, spoolFolder, closing.signal).catch((error: unknown) => {
      if (!closing.signal.aborted) report(error);
    });
  let recovering = recover();
  const recovered = Promise.race([recovering, new Promise((resolve) => setTimeout(resolve, RECOVERY_MS).unref())]);
  const reopenStore = async (): Promise<StoreStatus> => {
    const status = await store.reopen();
    if (status.canSave) await (recovering = recovering.then(recover));
    return status;
  };
  const settings = { version, engine: workers.engine, spoolFolder, samples, store, reopenStore, queries, qemus, recovered, takeCommands, report, ...(segmentsInMemory === undefined ? {} : { segmentsInMemory }) };
  return {
    admitQemu: (path, handle) => qemus.admit(path, handle),
    connect: (port) => {
      const connection = new Connection(port, settings);
      connections.set(connection, port);
      void connection.closed.catch(report).then(() => connections.delete(connection));
    },
    close: async () => {
      const open = [...connections];
      for (const [, port] of open) port.close();
      await Promise.all(open.map(([connection]) => connection.closed.catch(report)));
      closing.abort();
      await recovering;
      await store.close();
    },
  };
}
