import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What ships with the lab is not stored a second time for the tests. */
const SHIPPED = fileURLToPath(new URL('../../resources/captures/', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));

export const MEMORY_CAPTURES = ['hand-6.12', 'nestedhand-6.12', 's1-6.1', 's1-6.12', 's2-6.12', 'vfionest-6.1'] as const;
export const EVENT_CAPTURES = ['ev-6.1', 'ev-7.3'] as const;

export const captureFolder = (name: string): string => (existsSync(join(SHIPPED, name)) ? join(SHIPPED, name) : join(FIXTURES, name));

/** Calls `use` with a copy of a capture that may be damaged. */
export async function withCopy<T>(name: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'smmu-lab-capture-'));
  try {
    cpSync(captureFolder(name), folder, { recursive: true });
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
