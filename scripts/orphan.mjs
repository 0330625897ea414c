// Noticing that whoever started this process is gone, even when nothing was said.
import { readFileSync } from 'node:fs';

const LOOK_MS = 500;

// Looked at once, at the start: an end during the set-up is noticed too.
const before = ancestors();

/** Calls `end` at every look after that, until the returned function is called. */
export function whenOrphaned(/** @type {() => void} */ end) {
  const timer = setInterval(() => {
    if (ancestors() !== before) end();
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** The parent; and behind the shell in which npm runs a script, npm itself. */
function ancestors() {
  const parent = statusOf(process.ppid);
  const behindShell = process.env.npm_lifecycle_event !== undefined && /^(sh|dash|bash)$/.test(parent?.name ?? '');
  return `${process.ppid} ${behindShell ? parent?.parent : ''}`;
}

/** Linux only: elsewhere the parent alone is watched. */
function statusOf(/** @type {number} */ pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return { name, parent };
  } catch {
    return undefined;
  }
}
