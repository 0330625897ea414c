import { spawn } from 'node:child_process';

/** How each system opens a URL; none where there is no display. */
function opener(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): readonly [string, ...string[]] | null {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  const display = env['DISPLAY'] ?? env['WAYLAND_DISPLAY'];
  return display === undefined || display === '' ? null : ['xdg-open'];
}

/** Opens the URL in the user's browser where that can be done; the URL was printed, so nothing is lost where it cannot. */
export function openBrowser(url: string, env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): void {
  const command = opener(env, platform);
  if (command === null) return;
  const [program, ...args] = command;
  const child = spawn(program, [...args, url], { detached: true, stdio: 'ignore' });
  child.once('error', () => undefined);
  child.unref();
}
