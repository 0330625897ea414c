/** A page that is lost comes back: it keeps what was not saved where its own crash does not reach. */
import type { BrowserWindow } from 'electron';
import { Attempts } from './attempts.ts';

export interface RecoveryWorld {
  report(problem: string): void;
  /** Resolves to the number of the button. */
  ask(question: { readonly message: string; readonly detail: string; readonly buttons: readonly string[] }): Promise<number>;
  /** Milliseconds. */
  now?(): number;
}

type Recoverable = { on: BrowserWindow['on']; isDestroyed(): boolean; webContents: Pick<BrowserWindow['webContents'], 'on' | 'reload' | 'forcefullyCrashRenderer'> };

/** The process of a page may be lost so often in a minute; then somebody is asked. */
const LIMIT = 3;
const WITHIN_MS = 60_000;
/** The page's process ended because the window did, or because we ended it. */
const WANTED = new Set(['clean-exit']);

export function recover(window: Recoverable, { report, ask, now = () => performance.now() }: RecoveryWorld): void {
  const { webContents } = window;
  let attempts = new Attempts(LIMIT, WITHIN_MS);
  let asking = false;

  const question = async (message: string, detail: string, buttons: readonly [string, string], act: () => void): Promise<void> => {
    if (asking) return;
    asking = true;
    const answer = await ask({ message, detail, buttons }).finally(() => (asking = false));
    if (answer === 1 && !window.isDestroyed()) act();
  };

  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (WANTED.has(reason) || window.isDestroyed()) return;
    report(`the page's process is gone: ${reason}, status ${exitCode}`);
    if (attempts.allow(now())) return webContents.reload();
    void question('The window stopped several times within a minute.', 'What was saved is safe. Loading it again may work; the lab can also be ended and started anew.', ['Leave it', 'Load again'], () => {
      attempts = new Attempts(LIMIT, WITHIN_MS);
      webContents.reload();
    });
  });

  window.on('unresponsive', () => {
    report('the page does not respond');
    void question('The window does not respond.', 'It may be busy with something large. Loading it again keeps your documents.', ['Wait', 'Load again'], () => webContents.forcefullyCrashRenderer());
  });
}
