import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coverageRows } from '../model/spec/index.ts';
import { EXIT, jsonLine } from './io.ts';
import type { ExitCode, Io } from './io.ts';

interface Covered {
  readonly tests: number;
  readonly examples: readonly string[];
}

/** The bundle is in out/main, this file in src/cli: both two folders down. */
const FILE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'resources', 'coverage.json');

/** `describe --coverage`: which tests show which row of the architecture. */
export async function showCoverage(json: boolean, io: Io): Promise<ExitCode> {
  const covered = JSON.parse(await readFile(FILE, 'utf8')) as Readonly<Record<string, Covered>>;
  const rows = coverageRows().map((row) => ({ ...row, ...(covered[row.id] ?? { tests: 0, examples: [] }) }));
  if (json) io.out(jsonLine({ rows }));
  else for (const { id, tests, examples } of rows) io.out(`${id.padEnd(38)} ${String(tests).padStart(4)}  ${examples[0] ?? 'no test'}\n`);
  const empty = rows.filter(({ tests }) => tests === 0).length;
  io.err(`${rows.length} rows, ${empty} without a test\n`);
  return empty === 0 ? EXIT.OK : EXIT.UNMET;
}
