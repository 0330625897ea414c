/** The page: the same in Electron's window and in a browser. */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { z } from 'zod';
import AppWindow from './app/AppWindow.vue';
import { provideAddressDesk } from './app/address/address-menu.ts';
import { connectAndOpen } from './app/boot.ts';
import { registerAppCommands } from './app/commands.ts';
import { keepLayoutWithSession } from './app/layout/session-layout.ts';
import { runHotkey } from './services/commands.ts';
import { listenForHotkeys } from './services/hotkeys.ts';
import { readBindings } from './services/keys.ts';
import { useTheme } from './services/theme.ts';
import './widgets/base.css';

// zod would try `new Function` to see whether it may compile its parsers: the content security policy forbids and reports that.
z.config({ jitless: true });

const app = createApp(AppWindow);
app.use(createPinia());
useTheme();
readBindings();
registerAppCommands();
provideAddressDesk(app);
keepLayoutWithSession();
listenForHotkeys(window, runHotkey);
app.mount('#app');
void connectAndOpen();
