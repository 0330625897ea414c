/** Commands that hand a lab on and take one in. */
import { ref } from 'vue';
import { registerCommands } from '../../services/commands.ts';
import { KINDS } from '../../services/files/files.ts';
import { pageFiles } from '../../services/files/page-files.ts';
import { useIncoming } from '../../services/incoming.ts';
import { useMessages } from '../../services/messages.ts';
import { useRun } from '../../services/run.ts';

/** Whether the dialog that exports is open. */
export const exportDialog = ref(false);

export function registerExchangeCommands(): void {
  const incoming = useIncoming();
  const messages = useMessages();
  const run = useRun();
  const choose = (): Promise<unknown> => messages.attempt('app', async () => {
      const [file] = await pageFiles().open({ title: 'Open a bundle', kinds: [KINDS.bundle] });
      if (file !== undefined) incoming.receive(file);
    });
  registerCommands([
    { id: 'open.bundle', title: 'Open a bundle: check, replay, import', group: 'Open', hotkeys: ['Ctrl+Alt+i'], run: () => void choose() },
    { id: 'open.export', title: 'Export this lab: bundle, JSON lines, CSV, Chrome trace, Parquet', group: 'Open', hotkeys: ['Ctrl+Alt+e'], when: () => run.state !== null, run: () => void (exportDialog.value = true) },
  ]);
}
