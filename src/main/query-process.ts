/** Questions to the store in a utility process: a packaged Electron refuses to run as the Node that `fork` would start. */
import { join } from 'node:path';
import { utilityProcess } from 'electron';
import type { QueryProcess } from '../host/index.ts';

export const queryInElectron = (folder: string) => (): QueryProcess => {
  const child = utilityProcess.fork(join(folder, 'query-process.cjs'), [], { serviceName: 'SMMU Lab query', stdio: ['ignore', 'ignore', 'inherit'] });
  let unwanted = false;
  // SIGTERM would wait for SQLite to come back to JavaScript.
  const kill = (): void => {
    unwanted = true;
    if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
  };
  child.once('spawn', () => {
    if (unwanted) kill();
  });
  return {
    ask: (question) => child.postMessage(question),
    whenAnswered: (listener) =>
      void child.once('message', (answer) => {
        listener(answer);
        kill();
      }),
    whenEnded: (listener) => void child.once('exit', (status) => listener(`status ${status}`)),
    kill,
  };
};
