/** Joins the page to the desktop around it, where there is one: menus, colours, and what is opened from outside. */
import { watch } from 'vue';
import type { DesktopBridge } from '../../../protocol/desktop.ts';
import { runCommand } from '../../services/commands.ts';
import { useTheme } from '../../services/theme.ts';
import { TOKENS } from '../../widgets/tokens.ts';
import { openLaunches } from './launches.ts';
import { menusNow } from './menus.ts';

/** Commands become possible and impossible many times a second while a lab runs; a menu need not follow each. */
const MENU_MS = 150;

export function joinDesktop(desktop: DesktopBridge): void {
  sendMenus(desktop);
  sendAppearance(desktop);
  desktop.onMessage((message) => {
    if (message.say === 'launches') void openLaunches();
    // A dialog has the page to itself, as it has for keys.
    else if (document.querySelector('dialog[open]') === null) runCommand(message.id);
  });
}

function sendMenus(desktop: DesktopBridge): void {
  let sent = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    menusNow,
    () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        const menus = menusNow();
        const text = JSON.stringify(menus);
        if (text === sent) return;
        sent = text;
        void desktop.call('menu.set', { menus });
      }, MENU_MS);
    },
    { immediate: true },
  );
}

function sendAppearance(desktop: DesktopBridge): void {
  const theme = useTheme();
  const scheme = (): 'system' | 'light' | 'dark' => (theme.choice === 'system' ? 'system' : theme.choice === 'light' ? 'light' : 'dark');
  watch([scheme, () => theme.name], () => void desktop.call('appearance.set', { scheme: scheme(), background: TOKENS.base[theme.name] }), { immediate: true });
}
