/** What this process keeps between starts: small files of its own folder, which no page can write. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Undefined where there is none, or one that was cut short: whoever reads it checks what it is. */
export function readKept(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whole or not at all; `what` cannot be kept costs the next start that, no more. */
export function writeKept(file: string, value: unknown, what: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.part`, JSON.stringify(value));
    renameSync(`${file}.part`, file);
  } catch (error) {
    console.error(`${what} cannot be kept: ${(error as Error).message}`);
  }
}
