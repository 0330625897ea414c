/** The page: the same in Electron's window and in a browser. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { z } from 'zod';
import AppWindow from './app/AppWindow.vue';
import { provideAddressDesk } from './app/address/address-menu.ts';
import { connectAndOpen } from './app/boot.ts';
import { registerAppCommands } from './app/commands.ts';
import { listenForDrops } from './app/desktop/drop.ts';
import { joinDesktop } from './app/desktop/join-desktop.ts';
import { openChosen } from './app/desktop/launches.ts';
import { registerBundleOpener } from './app/desktop/open-bundle.ts';
import { keepLayoutWithSession } from './app/layout/session-layout.ts';
import { runHotkey } from './services/commands.ts';
import { tabStorage } from './services/draft.ts';
import { listenForHotkeys } from './services/hotkeys.ts';
import { desktopOf } from './services/lab-port.ts';
import { keepDraft } from './services/keep-draft.ts';
import { readBindings } from './services/keys.ts';
import { useMacros } from './services/macros.ts';
import { useTheme } from './services/theme.ts';
import './widgets/base.css';
import './widgets/forms.css';

// zod would try `new Function` to see whether it may compile its parsers: the content security policy forbids and reports that.
z.config({ jitless: true });

const app = createApp(AppWindow);
app.use(createPinia());
useTheme();
readBindings();
registerAppCommands();
useMacros();
provideAddressDesk(app);
keepLayoutWithSession();
listenForHotkeys(window, runHotkey);
listenForDrops(window, openChosen);
registerBundleOpener();
keepDraft(tabStorage());
const desktop = desktopOf(window);
if (desktop !== undefined) joinDesktop(desktop);
app.mount('#app');
void connectAndOpen();
