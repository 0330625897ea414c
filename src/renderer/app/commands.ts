/** Commands of the whole window: running, looking around, its panes and theme. */
import { ref } from 'vue';
import { registerBookmarkCommands } from '../features/bookmarks/commands.ts';
import { registerBreakpointCommands } from '../features/breakpoints/commands.ts';
import { registerCacheCommands } from '../features/caches/commands.ts';
import { registerCaptureCommands } from '../features/captures/commands.ts';
import { registerEditorCommands } from '../features/editors/commands.ts';
import { registerCompareCommands } from '../features/compare/commands.ts';
import { registerExchangeCommands } from '../features/exchange/commands.ts';
import { registerFilterCommands } from '../features/filter/commands.ts';
import { registerListCommands } from '../features/lists/commands.ts';
import { registerGalleryCommands } from '../features/gallery/commands.ts';
import { registerRecordingCommands } from '../features/recording/commands.ts';
import { registerStructureCommands } from '../features/structures/commands.ts';
import { registerWalkCommands } from '../features/walk/commands.ts';
import { registerSessionCommands } from '../features/sessions/commands.ts';
import { registerHelpCommands } from '../features/help/commands.ts';
import { registerSettingsCommands } from '../features/settings/commands.ts';
import { registerTourCommands } from '../features/tour/commands.ts';
import { registerCommands, type Command } from '../services/commands.ts';
import { useBookmarks } from '../services/bookmarks.ts';
import { useBreakpoints } from '../services/breakpoints.ts';
import { saveDiagnostics } from '../services/diagnostics.ts';
import { useDocuments } from '../services/documents.ts';
import { useFilters } from '../services/filters.ts';
import { useHistory } from '../services/history.ts';
import { useLabClient } from '../services/lab-client.ts';
import { useMessages } from '../services/messages.ts';
import { useQemu } from '../services/qemu.ts';
import { useRun } from '../services/run.ts';
import { useSelection } from '../services/selection.ts';
import { useSessions } from '../services/sessions.ts';
import { useTheme } from '../services/theme.ts';
import { registerAddressCommands } from './address/address-menu.ts';
import { registerLayoutCommands } from './layout/commands.ts';
import { currentPanel, focusPanel } from './layout/panes.ts';
import { registerPaletteCommands } from './palette/commands.ts';
import { goToPlace } from './going.ts';

export const keyboardSheet = ref(false);
export const licences = ref(false);

export function registerAppCommands(): void {
  registerCommands([...runCommands(), ...lookCommands(), ...windowCommands()]);
  registerLayoutCommands();
  registerPaletteCommands();
  registerAddressCommands();
  registerGalleryCommands();
  registerSessionCommands();
  registerBookmarkCommands();
  registerBreakpointCommands();
  registerCacheCommands();
  registerCaptureCommands();
  registerStructureCommands();
  registerSettingsCommands();
  registerTourCommands();
  registerHelpCommands(currentPanel, () => focusPanel('help'));
  registerWalkCommands();
  registerFilterCommands();
  registerListCommands();
  registerEditorCommands();
  registerCompareCommands();
  registerExchangeCommands();
  registerRecordingCommands();
}

function runCommands(): readonly Command[] {
  const run = useRun();
  const client = useLabClient();
  const documents = useDocuments();
  const sessions = useSessions();
  const selection = useSelection();
  const breakpoints = useBreakpoints();
  const ready = (): boolean => client.status === 'open' && !run.busy && documents.opened > 0;
  /** A finished run is kept with its session; one that is stepped through, when it is at its end. */
  const then = async (work: Promise<unknown>, select: () => Promise<void>): Promise<void> => {
    const { opened } = documents;
    // Where another lab was opened meanwhile this is no longer the run on screen.
    const isOver = (): boolean => documents.opened !== opened;
    const went = (await work) !== undefined;
    if (went && !isOver()) await select();
    if (run.isDone && !isOver()) await sessions.save();
  };
  /** A key that is pressed again while the run moves makes it go further; the first press waits for the end of it all. */
  const move = (by: () => Promise<unknown>): Promise<unknown> => (run.isMoving ? by() : then(by(), selection.afterStep));
  const canGoBack = (): boolean => (run.state?.position ?? 0) > 0 && run.state?.readOnly === false;
  const canMove = (): boolean => ready() || run.isMoving;
  return [
    { id: 'run.run', title: 'Run, to the first breakpoint', group: 'Run', hotkeys: ['F5'], when: ready, run: () => then(run.run(breakpoints.stops), selection.afterRun) },
    { id: 'run.toggle', title: 'Run or pause', group: 'Run', hotkeys: ['Space'], when: () => ready() || run.isRunning, run: () => (run.isRunning ? run.stop() : then(run.run(breakpoints.stops), selection.afterRun)) },
    { id: 'run.to-fault', title: 'Run to the next fault', group: 'Run', hotkeys: ['Shift+.', 'Ctrl+F8'], when: ready, run: () => then(run.run([{ text: 'status == fault', when: 'after' }]), selection.afterStep) },
    { id: 'run.back-to-fault', title: 'Back to the fault before', group: 'Run', hotkeys: ['Shift+,', 'Ctrl+Shift+F8'], when: () => ready() && canGoBack(), run: () => then(run.runBack([{ text: 'status == fault', when: 'after' }]), selection.afterStep) },
    { id: 'run.back-to-breakpoint', title: 'Run back, to the breakpoint before', group: 'Run', hotkeys: ['Alt+F5'], when: () => ready() && canGoBack(), run: () => then(run.runBack(breakpoints.stops), selection.afterStep) },
    { id: 'run.back', title: 'Step back', group: 'Run', hotkeys: [',', 'Shift+F10'], when: () => canMove() && canGoBack(), run: () => move(run.back) },
    { id: 'run.step', title: 'Step', group: 'Run', hotkeys: ['F10', '.'], when: () => canMove() && !(run.isDone && run.state?.readOnly === false), run: () => move(run.step) },
    { id: 'run.reset', title: 'Reset', group: 'Run', hotkeys: ['Ctrl+Shift+F5'], when: ready, run: () => run.reset().then(selection.clear) },
    { id: 'run.stop', title: 'Stop', group: 'Run', hotkeys: ['Shift+F5'], when: () => run.isRunning, run: () => run.stop() },
  ];
}

function lookCommands(): readonly Command[] {
  const selection = useSelection();
  const filters = useFilters();
  const qemu = useQemu();
  const history = useHistory();
  const bookmarks = useBookmarks();
  return [
    { id: 'look.next', title: 'Next transaction that the filter shows', group: 'Look', hotkeys: ['j', 'n'], run: () => filters.move(1) },
    { id: 'look.previous', title: 'Previous transaction that the filter shows', group: 'Look', hotkeys: ['k', 'Shift+n'], run: () => filters.move(-1) },
    {
      id: 'look.follow',
      title: 'Follow this transaction: the lists show only it',
      group: 'Look',
      hotkeys: ['f'],
      when: () => selection.present !== null,
      run: () => (selection.present === null ? undefined : filters.follow(selection.present)),
    },
    { id: 'look.unfollow', title: 'Back to the lists as they were before following', group: 'Look', hotkeys: ['Escape'], when: () => filters.following !== null, run: () => filters.unfollow() },
    { id: 'look.to-bookmark', title: 'Go to the chosen bookmark', group: 'Look', when: () => bookmarks.chosen !== null, run: () => (bookmarks.chosen === null ? undefined : goToPlace(bookmarks.chosen.place)) },
    { id: 'look.next-fault', title: 'Next fault', group: 'Look', hotkeys: ['F8'], run: () => selection.moveToFault(1) },
    { id: 'look.previous-fault', title: 'Previous fault', group: 'Look', hotkeys: ['Shift+F8'], run: () => selection.moveToFault(-1) },
    { id: 'look.back', title: 'Back to where you were', group: 'Look', hotkeys: ['Alt+ArrowLeft'], when: () => history.canGoBack, run: () => history.move(-1) },
    { id: 'look.forth', title: 'Forth again', group: 'Look', hotkeys: ['Alt+ArrowRight'], when: () => history.canGoForth, run: () => history.move(1) },
    { id: 'look.qemu', title: 'Compare with QEMU 11', group: 'Look', hotkeys: ['Shift+q'], when: () => qemu.canCompare, run: () => qemu.compare() },
  ];
}

function windowCommands(): readonly Command[] {
  const theme = useTheme();
  const messages = useMessages();
  return [
    { id: 'window.theme', title: 'Theme: system, dark, light, high contrast', group: 'Window', hotkeys: ['Ctrl+Alt+t'], run: () => theme.next() },
    { id: 'window.diagnostics', title: 'Save diagnostics', group: 'Window', run: () => messages.attempt('app', saveDiagnostics) },
    { id: 'window.licences', title: 'Licences', group: 'Window', run: () => (licences.value = true) },
    { id: 'window.keys', title: 'Keyboard sheet', group: 'Window', hotkeys: ['?'], run: () => (keyboardSheet.value = true) },
  ];
}
