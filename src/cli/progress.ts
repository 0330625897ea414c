import type { Io } from './io.ts';

interface Cancellable {
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** At most some lines a second on standard error. */
export function progressTo(io: Io, what = 'records'): Pick<Cancellable, 'progress'> {
  let told = performance.now();
  return {
    progress: (done, total) => {
      if (performance.now() - told < 1000) return;
      told = performance.now();
      io.err(`${done} of ${total} ${what}\n`);
    },
  };
}

/** What asks a program to end: Ctrl+C, `kill`, a terminal that closes. */
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The same, and Ctrl+C (or `kill`) cancels: what is being written is then removed, and what was started ended, before the command ends. */
export async function cancellable<T>(io: Io, work: (options: Cancellable) => Promise<T>, what?: string): Promise<T> {
  const controller = new AbortController();
  const cancel = (): void => controller.abort();
  for (const signal of ENDINGS) process.once(signal, cancel);
  try {
    return await work({ ...progressTo(io, what), signal: controller.signal });
  } finally {
    for (const signal of ENDINGS) process.off(signal, cancel);
  }
}
