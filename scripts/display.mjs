// A display for Electron's tests: the one there is, or an Xvfb of our own.
import { spawn } from 'node:child_process';

/**
 * Gives the name of a display, or the reason why there is none. `dispose` ends what was started for it.
 * @returns {Promise<{ display: string, dispose: () => void } | { reason: string }>}
 */
export function displayForTests() {
  if (process.platform !== 'linux') return Promise.resolve({ display: '', dispose: () => {} });
  const present = process.env.DISPLAY;
  if (present !== undefined && present !== '') return Promise.resolve({ display: present, dispose: () => {} });
  return new Promise((resolve) => {
    // It looks for a free number itself and writes it to descriptor 3.
    const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1920x1200x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    child.once('error', (error) => resolve({ reason: `no display, and Xvfb cannot be started: ${error.message}` }));
    child.once('exit', (code) => resolve({ reason: `no display, and Xvfb ended with status ${code}` }));
    child.stdio[3]?.once('data', (number) => resolve({ display: `:${String(number).trim()}`, dispose: () => void child.kill() }));
    process.once('exit', () => child.kill());
  });
}
