import { homedir } from 'node:os';
import { join } from 'node:path';

/** Traces that do not fit memory, and runs under way for whoever comes after a crash. */
export const spoolIn = (data: string): string => join(data, 'spool');

/**
 * Where this user's sessions live, the same for the window and the browser: `SMMU_LAB_DATA` where it is set, else the system's place
 * for data of an application.
 */
export function dataFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  const own = env['SMMU_LAB_DATA'];
  if (own !== undefined && own !== '') return own;
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'SMMU Lab');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'SMMU Lab');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'smmu-lab');
}
