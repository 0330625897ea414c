import type { Mutant } from '../mutant.ts';

const STORE = ['test/contract/store.test.ts'];
const RUNS = 'src/host/store/runs.ts';
const SESSIONS = 'src/host/store/sessions.ts';
const DATABASE = 'src/host/store/database.ts';

/** Sessions and traces on disk: nothing is lost, nothing is shown that is not what was saved. */
export const storeMutants: readonly Mutant[] = [
  {
    id: 'store-incomplete-run-shown',
    file: RUNS,
    text: 'FROM run WHERE id = ? AND complete = 1',
    replacement: 'FROM run WHERE id = ?',
    tests: STORE,
    why: 'half a trace would be shown as a whole one',
  },
  {
    id: 'store-sweeps-the-living',
    file: RUNS,
    text: 'if (!isAlive(writer)) ',
    replacement: '',
    tests: STORE,
    why: 'a second window would delete the trace that the first is writing',
  },
  {
    id: 'store-sweeps-nothing',
    file: RUNS,
    text: 'if (!isAlive(writer)) ',
    replacement: 'if (writer < 0) ',
    tests: STORE,
    why: 'what a crash left behind would stay for ever',
  },
  {
    id: 'store-short-chunk',
    file: RUNS,
    text: 'if (bytes.byteLength === expected) return',
    replacement: 'if (bytes.byteLength > 0) return',
    tests: STORE,
    why: 'a damaged trace would be shown as another one',
  },
  {
    id: 'store-run-not-finished',
    file: RUNS,
    text: 'SET complete = 1 WHERE id = ?',
    replacement: 'SET complete = 0 WHERE id = ?',
    tests: STORE,
    why: 'no run would ever be found again',
  },
  {
    id: 'store-oldest-first',
    file: SESSIONS,
    text: 'NULL ORDER BY saved DESC, rowid DESC',
    replacement: 'NULL ORDER BY saved, rowid',
    tests: STORE,
    why: 'the session that somebody comes back to would be the last of the list',
  },
  {
    id: 'store-version-not-kept',
    file: SESSIONS,
    text: 'boolean => a.host === b.host &&',
    replacement: 'boolean =>',
    tests: STORE,
    why: 'a change of the host document would not be saved',
  },
  {
    id: 'store-opens-the-first-version',
    file: SESSIONS,
    text: 'session_id = ? ORDER BY version DESC LIMIT 1',
    replacement: 'session_id = ? ORDER BY version LIMIT 1',
    tests: STORE,
    why: 'edits would be gone after a restart',
  },
  {
    id: 'store-foreign-database',
    file: DATABASE,
    text: 'application !== APPLICATION_ID && (',
    replacement: 'application < 0 && (',
    tests: STORE,
    why: "another program's database would be changed",
  },
  {
    id: 'store-newer-database',
    file: DATABASE,
    text: 'if (version > known) {',
    replacement: 'if (version < 0) {',
    tests: STORE,
    why: 'a database of a newer version would be written with an old schema',
  },
  {
    id: 'store-old-runtime',
    file: DATABASE,
    text: 'Number(nodeApi ?? 0) < NODE_API',
    replacement: 'Number(nodeApi ?? 0) < 0',
    tests: STORE,
    why: 'an old runtime would crash instead of saying why it cannot save',
  },
  {
    id: 'store-migrations-repeated',
    file: 'src/host/store/migrations.ts',
    text: 'migrations.slice(version)',
    replacement: 'migrations.slice(0)',
    tests: STORE,
    why: 'an older database could not be opened',
  },
];
