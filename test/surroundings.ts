// What all tests of a run have around them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  // What they write goes into one folder, which goes with the run.
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-tests-'));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  // Engines, stores and commands start hundreds of times from the sources: Node keeps what it compiled of them.
  process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '..', '.cache', 'compiled');
  return () => rmSync(folder, { recursive: true, force: true });
}
