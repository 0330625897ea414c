/** A server that somebody started ends with whoever started it: nobody is left to print its URL to. */
import { isAlive } from '../host/process-alive.ts';

const LOOK_MS = 500;

/** Calls `gone` once when the process that started this one has ended, or has closed the IPC channel it gave. */
export function watchParent(gone: () => void): void {
  const parent = process.ppid;
  // An orphan is given another parent on Unix; on Windows it keeps the number of one that is no more.
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(parent)) return;
    clearInterval(timer);
    gone();
  }, LOOK_MS);
  timer.unref();
  if (process.connected === true) process.once('disconnect', gone);
}
