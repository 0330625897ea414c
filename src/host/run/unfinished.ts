/**
 * A run under way as a crash of this process would leave it: its records in one file, what they are of in another, whose name has the
 * process that answers for both. `recoverRuns` makes a stored run of what a process left that is gone.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../process-alive.ts';
import type { Documents, RecordingOptions } from '../../protocol/contract.ts';
import type { RunSummary } from '../store/api.ts';
import type { TraceLog } from '../trace/trace-log.ts';

export interface UnfinishedAbout {
  readonly documents: Documents;
  readonly whenFull: RecordingOptions['whenFull'];
  /** `ended` false: as it began, with counts that are not known yet. */
  readonly ended: boolean;
  readonly summary: Omit<RunSummary, 'version'>;
}

const NAME = /^(run-[0-9a-f-]{36})\.(\d+)\.json$/;

export class UnfinishedRun {
  readonly #folder: string;
  readonly #name: string;
  #about: UnfinishedAbout;
  /** It could not be stored: another start of the lab may be able to. */
  isLeft = false;
  /** It was stored, or is no longer wanted. */
  isGone = false;

  private constructor(folder: string, name: string, about: UnfinishedAbout) {
    this.#folder = folder;
    this.#name = name;
    this.#about = about;
  }

  /** Null where nothing can be written: the run goes on, and a crash would lose it. */
  static begin(folder: string, about: UnfinishedAbout, log: TraceLog): UnfinishedRun | null {
    const run = new UnfinishedRun(folder, `run-${randomUUID()}`, about);
    try {
      mkdirSync(folder, { recursive: true });
      run.#write();
    } catch {
      return null;
    }
    if (log.keepIn(run.records)) return run;
    run.remove();
    return null;
  }

  /** Of processes that are gone; from here on this one answers for them. */
  static claimAll(folder: string): UnfinishedRun[] {
    return namesIn(folder).flatMap((name) => {
      const [, stem, writer] = NAME.exec(name) ?? [];
      if (stem === undefined || isWriting(Number(writer), join(folder, name))) return [];
      const own = join(folder, `${stem}.${process.pid}.json`);
      try {
        // Whoever renames it first has it.
        renameSync(join(folder, name), own);
        return [new UnfinishedRun(folder, stem, JSON.parse(readFileSync(own, 'utf8')) as UnfinishedAbout)];
      } catch {
        return [];
      }
    });
  }

  get about(): UnfinishedAbout {
    return this.#about;
  }

  /** The file with its records. */
  get records(): string {
    return join(this.#folder, `${this.#name}.records`);
  }

  /** It came to an end and is about to be stored: a crash meanwhile loses nothing of it. */
  end(summary: UnfinishedAbout['summary']): void {
    this.#about = { ...this.#about, ended: true, summary };
    try {
      this.#write();
    } catch {
      // What it was at its beginning is there.
    }
  }

  remove(): void {
    this.isGone = true;
    rmSync(this.#file, { force: true });
    try {
      rmSync(this.records, { force: true });
    } catch {
      // Windows removes no file that a log has open: it does when it is closed.
    }
  }

  get #file(): string {
    return join(this.#folder, `${this.#name}.${process.pid}.json`);
  }

  #write(): void {
    const half = `${this.#file}.part`;
    writeFileSync(half, JSON.stringify(this.#about));
    renameSync(half, this.#file);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A process of our own number that wrote before we began is another one. */
function isWriting(writer: number, file: string): boolean {
  if (writer !== process.pid) return isAlive(writer);
  return (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= Date.now() - process.uptime() * 1000;
}
