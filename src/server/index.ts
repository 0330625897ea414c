/** Entry: the lab in a browser. Prints its URL on standard output, one line, and serves until it is told to end. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };
import { bundledWorkers, createLabHost, dataFolder, sourceWorkers } from '../host/index.ts';
import { parseServerArguments, USAGE } from './arguments.ts';
import { openBrowser } from './open-browser.ts';
import { watchParent } from './parent.ts';
import { startServer } from './start-server.ts';

const BAD_USAGE = 2;
/** What a shell reports for a process that a signal ended. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const here = fileURLToPath(import.meta.url);
const fromSources = here.endsWith('.ts');
/** The bundle is in out/main, this file in src/server: both two folders down. */
const root = join(dirname(here), '..', '..');

async function main(): Promise<void> {
  const parsed = parseServerArguments(process.argv.slice(2));
  if (!parsed.ok) {
    console.error(`${parsed.error.message}\n${USAGE}`);
    process.exit(BAD_USAGE);
  }
  const { port, open, data } = parsed.value;
  const labHost = createLabHost({
    dataDir: data ?? dataFolder(),
    resourcesDir: join(root, 'resources'),
    version: packageJson.version,
    workers: fromSources ? sourceWorkers(join(root, 'src', 'host')) : bundledWorkers(dirname(here)),
  });
  const server = await startServer({ port, rendererDir: join(root, 'out', 'renderer'), labHost });
  let ending = false;
  const end = async (status: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await server.close();
    await labHost.close();
    process.exit(status);
  };
  for (const [signal, status] of Object.entries(STATUS)) process.once(signal, () => void end(status));
  watchParent(() => void end(0));
  console.log(server.url);
  if (open) openBrowser(server.url);
}

main().catch((error: unknown) => {
  console.error(`the server cannot start: ${(error as Error).message}`);
  process.exit(1);
});
