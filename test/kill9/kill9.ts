/**
 * Kills the host at random points of its work and looks at what it left: whatever was acknowledged is there, the database is sound, and
 * work goes on. One data folder for each kind of work, killed again and again.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BundleFile } from '../../src/host/bundle/bundle-file.ts';
import { sourceWorkers } from '../../src/host/index.ts';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import { documentAfter, lineOf } from './expected.ts';

export const WORKS = ['edit', 'run', 'capture', 'export', 'migrate'] as const;
type Work = (typeof WORKS)[number];

export interface Figures {
  kills: number;
  /** Kills before the victim had acknowledged anything. */
  early: number;
  actions: number;
  runs: number;
  bundles: number;
  migrations: number;
  /** What was acknowledged and is not there, or is not what it was; empty when all is well. */
  lost: string[];
}

const root = join(import.meta.dirname, '..', '..');
const workers = sourceWorkers(join(root, 'src', 'host'));
const OLD = join(root, 'test', 'fixtures', 'store', 'v1.sqlite3');
/** After `ready`, in ms: opening an old database is over sooner than a long run. */
const WITHIN: Readonly<Record<Work, number>> = { edit: 600, run: 2000, capture: 2000, export: 2000, migrate: 2500 };

/** What the victim had acknowledged when it died. */
function killed(work: Work, folder: string, delay: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), work, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'ready') setTimeout(() => child.kill('SIGKILL'), delay);
      else lines.push(line);
    });
    child.once('error', reject);
    child.once('close', (status, signal) => (signal === 'SIGKILL' ? resolve(lines) : reject(new Error(`the victim ended with status ${status}`))));
  });
}

class Round {
  readonly #figures: Figures;
  readonly #folder: string;
  readonly #where: string;
  readonly #store: StoreClient;

  constructor(figures: Figures, folder: string, where: string) {
    this.#figures = figures;
    this.#folder = folder;
    this.#where = where;
    this.#store = new StoreClient(workers.store, folder);
  }

  async check(work: Work, lines: readonly string[]): Promise<void> {
    const { canSave, problem } = await this.#store.status();
    if (!canSave) return this.#lost(`nothing can be saved: ${problem?.message}`);
    for (const complaint of await this.#store.call('check', {})) this.#lost(complaint);
    const last = new Map(lines.filter((line) => line.startsWith('action ')).map((line) => line.split(' ').slice(1) as [string, string]));
    for (const [id, number] of last) await this.#checkActions(id, Number(number));
    this.#figures.actions += lines.filter((line) => line.startsWith('action ')).length;
    for (const line of lines) {
      const [kind, name = '', digest = ''] = line.split(' ');
      if (kind === 'run') await this.#checkRun(name, digest);
      if (kind === 'bundle') await this.#checkBundle(name);
    }
    if (work === 'export') await this.#checkFolder();
    if (work === 'migrate') await this.#checkMigrated(lines.includes('migrated'));
    await this.#goOn();
    await this.#store.close();
  }

  async #checkActions(id: string, acknowledged: number): Promise<void> {
    const { documents, journal } = await this.#store.call('open', { id });
    if (journal.last < acknowledged) this.#lost(`action ${acknowledged}: the last is ${journal.last}`);
    if (documents.guest !== documentAfter(journal.last)) this.#lost(`the document after action ${journal.last}`);
    const undone = await this.#store.call('moveJournal', { id, kind: 'undo', when: '' });
    if (undone.documents.guest !== documentAfter(journal.last - 1)) this.#lost(`what undoing action ${journal.last} gives`);
  }

  async #checkRun(id: string, digest: string): Promise<void> {
    this.#figures.runs++;
    const { runs } = await this.#store.call('open', { id });
    const run = runs.find((one) => one.digest === digest);
    if (run === undefined) return this.#lost(`run ${digest}`);
    const log = new TraceLog({ spoolFolder: this.#folder });
    await this.#store.readTrace(run.id, log).catch((error: Error) => this.#lost(`the trace of run ${digest}: ${error.message}`));
    log.close();
  }

  async #checkBundle(file: string): Promise<void> {
    this.#figures.bundles++;
    if (!existsSync(file)) this.#lost(file);
  }

  /** A file with the name of a bundle is a whole one, acknowledged or not. */
  async #checkFolder(): Promise<void> {
    for (const name of readdirSync(this.#folder).filter((one) => one.endsWith('.smmulab'))) {
      const file = join(this.#folder, name);
      try {
        const bundle = BundleFile.open(file);
        await bundle.verify();
        bundle.close();
      } catch (error) {
        this.#lost(`${name}: ${(error as Error).message}`);
      }
      rmSync(file);
    }
  }

  async #checkMigrated(acknowledged: boolean): Promise<void> {
    if (acknowledged) this.#figures.migrations++;
    const sessions = await this.#store.call('listSessions', { search: null });
    if (sessions.length !== 2) this.#lost(`sessions of the old database: ${sessions.length} of 2`);
    for (const { id } of sessions) for (const { digest } of (await this.#store.call('open', { id })).runs) await this.#checkRun(id, digest!);
  }

  /** The session that was worked in takes the next action. */
  async #goOn(): Promise<void> {
    const [newest] = await this.#store.call('listSessions', { search: null });
    if (newest === undefined) return;
    const { journal } = await this.#store.call('open', { id: newest.id });
    const edits = [{ document: 'guest' as const, at: 0, removed: '', inserted: lineOf(journal.last + 1) }];
    await this.#store.call('appendActions', { id: newest.id, after: journal.last, when: '', actions: [{ kind: 'edit', edits }] }).catch((error: Error) => this.#lost(`going on: ${error.message}`));
  }

  #lost(what: string): void {
    this.#figures.lost.push(`${this.#where}: ${what}`);
  }
}

export async function killAndLook(kills: number, tell: (line: string) => void = () => undefined): Promise<Figures> {
  const base = mkdtempSync(join(tmpdir(), 'smmu-lab-kill9-'));
  const figures: Figures = { kills: 0, early: 0, actions: 0, runs: 0, bundles: 0, migrations: 0, lost: [] };
  try {
    for (let n = 0; n < kills; n++) {
      const work = WORKS[n % WORKS.length]!;
      const folder = join(base, work === 'migrate' ? `migrate-${n}` : work);
      mkdirSync(folder, { recursive: true });
      if (work === 'migrate') copyFileSync(OLD, join(folder, DATABASE_FILE));
      const delay = Math.round(Math.random() * WITHIN[work]);
      const lines = await killed(work, folder, delay);
      figures.kills++;
      if (lines.length === 0) figures.early++;
      await new Round(figures, folder, `kill ${n + 1} (${work}, ${delay} ms)`).check(work, lines);
      if ((n + 1) % 20 === 0) tell(`${n + 1} of ${kills} kills, ${figures.lost.length} losses`);
    }
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
  return figures;
}

export const textOf = ({ kills, early, actions, runs, bundles, migrations, lost }: Figures): string =>
  [`${kills} kills (${early} before anything was acknowledged): ${actions} actions, ${runs} runs, ${bundles} bundles and ${migrations} migrations acknowledged, ${lost.length} lost`, ...lost].join('\n');
