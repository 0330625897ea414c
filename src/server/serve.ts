/** The lab host behind the browser server, from start to end: what the server's own entry and `smmu-lab serve` share. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { bundledWorkers, createLabHost, dataFolder, probeQemu, sourceWorkers } from '../host/index.ts';
import type { ServerArguments } from './arguments.ts';
import { openBrowser } from './open-browser.ts';
import { watchParent } from './parent.ts';
import { startServer } from './start-server.ts';

/** What a shell reports for a process that a signal ended. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const here = fileURLToPath(import.meta.url);
const fromSources = here.endsWith('.ts');
/** The bundle is in out/main, this file in src/server: both two folders down. */
const root = join(dirname(here), '..', '..');

/** Prints the URL, one line, and serves until a signal comes or the parent ends; resolves to the exit status. Rejects when it cannot start. */
export async function serve({ port, open, data, qemu, commands }: ServerArguments, print: (line: string) => void): Promise<number> {
  if (qemu !== null) await expectQemu(qemu);
  const labHost = createLabHost({
    dataDir: data ?? dataFolder(),
    resourcesDir: join(root, 'resources'),
    version: packageJson.version,
    commands,
    ...(qemu === null ? {} : { qemu }),
    workers: fromSources ? sourceWorkers(join(root, 'src', 'host')) : bundledWorkers(dirname(here)),
  });
  const server = await startServer({ port, rendererDir: join(root, 'out', 'renderer'), labHost }).catch(async (error: unknown) => {
    await labHost.close();
    throw error;
  });
  const ended = new Promise<number>((resolve) => {
    for (const [signal, status] of Object.entries(STATUS)) process.once(signal, () => resolve(status));
    watchParent(() => resolve(0));
  });
  print(server.url);
  if (open) openBrowser(server.url);
  const status = await ended;
  await server.close();
  await labHost.close();
  return status;
}

/** Whoever gave the path is told at once what is wrong with it. */
async function expectQemu(path: string): Promise<void> {
  const found = await probeQemu(path);
  if (!found.ok) throw new Error(`--qemu ${path}: ${found.error.message}`);
}
