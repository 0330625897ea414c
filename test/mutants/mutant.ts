import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One small mistake in the sources, kept as data: whether the tests would notice it. */
export interface Mutant {
  /** Unique over all areas. */
  readonly id: string;
  /** Path from the root of the project. */
  readonly file: string;
  /** What is there, once in the file; short, and within one line where that is enough, so that the formatter leaves it alone. */
  readonly text: string;
  readonly replacement: string;
  /** Test files or folders that must notice, from the root of the project. */
  readonly tests: readonly string[];
  /** One sentence: who would be misled if nobody noticed. */
  readonly why: string;
}

/** The source with the mistake in it, or null when the text is not there exactly once. */
export function applyTo(source: string, { text, replacement }: Mutant): string | null {
  const parts = source.split(text);
  return parts.length === 2 ? parts.join(replacement) : null;
}

/** The mutated source of a mutant's file under `root`; null as in `applyTo`, and when there is no such file. */
export function mutatedSource(root: string, mutant: Mutant): string | null {
  try {
    return applyTo(readFileSync(join(root, mutant.file), 'utf8'), mutant);
  } catch {
    return null;
  }
}
