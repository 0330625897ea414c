/** A lab host from the sources, with a data folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledWorkers, createLabHost, sourceWorkers } from '../../src/host/index.ts';
import type { LabHost, LabHostOptions } from '../../src/host/index.ts';
import { portPair } from '../../src/protocol/port.ts';
import { RpcClient } from '../../src/protocol/rpc.ts';

const root = join(import.meta.dirname, '..', '..');
/** A run of all tests starts what is built, as users do and in half the time; a run of some of them the sources. */
const built = process.env['SMMU_LAB_BUILT'];
export const WORKERS = built === undefined ? sourceWorkers(join(root, 'src', 'host')) : bundledWorkers(built);

export interface TestHost {
  readonly host: LabHost;
  readonly folder: string;
  /** What the host reported as a bug. */
  readonly reported: unknown[];
  connect(): RpcClient;
  /** Closes the host and removes its folder. */
  end(): Promise<void>;
}

export function startHost(options: Partial<LabHostOptions> = {}): TestHost {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-host-'));
  const reported: unknown[] = [];
  const host = createLabHost({
    dataDir: join(folder, 'data'),
    spoolFolder: join(folder, 'spool'),
    resourcesDir: join(root, 'resources'),
    version: '1.2.3',
    workers: WORKERS,
    report: (error) => reported.push(error),
    ...options,
  });
  return {
    host,
    folder,
    reported,
    connect: () => {
      const [ui, end] = portPair();
      host.connect(end);
      return new RpcClient(ui);
    },
    end: async () => {
      await host.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
