/**
 * Kills the host at random points of its work and looks at what it left: whatever was acknowledged is there, the database is sound, and
 * work goes on. One data folder for each kind of work, killed again and again.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { BundleFile } from '../../src/host/bundle/bundle-file.ts';
import { spoolIn } from '../../src/host/data-folder.ts';
import { sourceWorkers } from '../../src/host/index.ts';
import { recoverRuns } from '../../src/host/run/recover-runs.ts';
import { DATABASE_FILE } from '../../src/host/store/database.ts';
import { StoreClient } from '../../src/host/store/store-client.ts';
import { TraceLog } from '../../src/host/trace/trace-log.ts';
import { documentAfter, lineOf } from './expected.ts';

export const WORKS = ['edit', 'run', 'record', 'capture', 'export', 'import', 'repair', 'migrate'] as const;
type Work = (typeof WORKS)[number];

export interface Figures {
  kills: number;
  /** Kills before the victim had acknowledged anything. */
  early: number;
  actions: number;
  runs: number;
  /** Runs that a kill cut off, each stored up to its last record. */
  cut: number;
  bundles: number;
  copies: number;
  migrations: number;
  /** What was acknowledged and is not there, or is not what it was; empty when all is well. */
  lost: string[];
}

const root = join(import.meta.dirname, '..', '..');
const workers = sourceWorkers(join(root, 'src', 'host'));
/** Databases of all earlier schemas. */
const FIXTURES = join(root, 'test', 'fixtures', 'store');
const OLD = readdirSync(FIXTURES).filter((name) => name.endsWith('.sqlite3'));
/** After `ready`, in ms: opening an old database is over sooner than a long run. */
const WITHIN: Readonly<Record<Work, number>> = { edit: 600, run: 2000, record: 2000, capture: 2000, export: 2000, import: 2000, repair: 1000, migrate: 2500 };

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
    this.#figures.cut += await recoverRuns(this.#store, spoolIn(this.#folder));
    if (work === 'record' && lines.length > 0) await this.#checkCut(lines[0]!.split(' ')[1]!);
    const last = new Map(lines.filter((line) => line.startsWith('action ')).map((line) => line.split(' ').slice(1) as [string, string]));
    for (const [id, number] of last) await this.#checkActions(id, Number(number));
    this.#figures.actions += lines.filter((line) => line.startsWith('action ')).length;
    for (const line of lines) {
      const [kind, name = '', digest = ''] = line.split(' ');
      if (kind === 'run') await this.#checkRun(name, digest);
      if (kind === 'bundle') await this.#checkBundle(name);
      if (kind === 'copy') this.#checkCopy(name);
    }
    if (work === 'export') await this.#checkFolder();
    if (work === 'import') await this.#checkImports();
    if (work === 'repair') this.#checkCopies();
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

  /** What was recorded of a run under way is there, as a part of one. */
  async #checkCut(id: string): Promise<void> {
    const [run] = (await this.#store.call('open', { id })).runs;
    if (run === undefined) return this.#lost('what was recorded until then');
    if (!run.cut || run.digest !== null || run.records === 0) this.#lost(`that run ${run.id} was cut off`);
    const log = new TraceLog({ spoolFolder: this.#folder });
    await this.#store.readTrace(run.id, log).catch((error: Error) => this.#lost(`the trace of run ${run.id}: ${error.message}`));
    log.close();
  }

  /** A session is there with its run or not at all. */
  async #checkImports(): Promise<void> {
    for (const { id, runs } of await this.#store.call('listSessions', { search: null })) if (runs !== 1) this.#lost(`the run of session ${id}`);
    for (const name of readdirSync(this.#folder).filter((one) => one.includes('-imported'))) rmSync(join(this.#folder, name));
  }

  #checkCopy(file: string): void {
    this.#figures.copies++;
    if (!existsSync(file)) this.#lost(file);
  }

  /** A file with the name of a copy is a sound database, acknowledged or not. */
  #checkCopies(): void {
    for (const name of readdirSync(this.#folder).filter((one) => one.endsWith('.copy'))) {
      const db = new Database(join(this.#folder, name), { readonly: true });
      if (db.pragma('integrity_check', { simple: true }) !== 'ok') this.#lost(name);
      db.close();
      rmSync(join(this.#folder, name));
    }
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
  const figures: Figures = { kills: 0, early: 0, actions: 0, runs: 0, cut: 0, bundles: 0, copies: 0, migrations: 0, lost: [] };
  try {
    for (let n = 0; n < kills; n++) {
      const work = WORKS[n % WORKS.length]!;
      const folder = join(base, work === 'migrate' ? `migrate-${n}` : work);
      mkdirSync(folder, { recursive: true });
      if (work === 'migrate') copyFileSync(join(FIXTURES, OLD[Math.floor(n / WORKS.length) % OLD.length]!), join(folder, DATABASE_FILE));
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

export const textOf = ({ kills, early, actions, runs, cut, bundles, copies, migrations, lost }: Figures): string =>
  [`${kills} kills (${early} before anything was acknowledged): ${actions} actions, ${runs} runs, ${bundles} bundles, ${copies} copies and ${migrations} migrations acknowledged, ${lost.length} lost; ${cut} runs cut off, kept up to there`, ...lost].join('\n');
