/** Start: connect to the lab host, show a machine with results (the one of last time or the first sample; the very first time with the gallery before it), and run what is to be run. */
import { gallery } from '../features/gallery/commands.ts';
import { readDraft, tabStorage } from '../services/draft.ts';
import { useDocuments } from '../services/documents.ts';
import { useLabClient } from '../services/lab-client.ts';
import { openLabPort } from '../services/lab-port.ts';
import { useMacros } from '../services/macros.ts';
import { useMessages } from '../services/messages.ts';
import { usePasted } from '../services/pasted.ts';
import { useRun } from '../services/run.ts';
import { FIRST_SAMPLE, useSessions } from '../services/sessions.ts';
import { pageStorage, readSettings, writeSettings } from '../services/settings.ts';
import { openLaunches } from './desktop/launches.ts';

export async function connectAndOpen(): Promise<void> {
  const client = useLabClient();
  const documents = useDocuments();
  const messages = useMessages();
  const run = useRun();
  const connected = await messages.attempt('app', async () => {
    await client.connect(openLabPort(window));
    return true;
  });
  if (connected === undefined) return;
  run.forget();
  if (documents.opened > 0) {
    await documents.check();
    await run.load();
    return;
  }
  if (!((await openLaunches()) && documents.opened > 0)) await openFirst();
  const macros = useMacros();
  await macros.run('When the window opens', macros.startup);
  await macros.run('--run-commands', (client.hello?.commands ?? []).join(' '));
}

async function openFirst(): Promise<void> {
  const messages = useMessages();
  const sessions = useSessions();
  const draft = readDraft(tabStorage());
  if (draft !== null && (await sessions.openDraft(draft))) return;
  const { lastSession, welcomed } = readSettings(pageStorage());
  if (lastSession !== null && sessions.canSave && (await sessions.openSession(lastSession))) return;
  messages.clear('sessions');
  if (!welcomed && lastSession === null && useLabClient().hello?.commands === undefined) welcome();
  const opened = await sessions.openSample(FIRST_SAMPLE);
  // What was pasted before the first lab was there is what somebody came for.
  usePasted().insist();
  if (!opened) messages.show('app', messages.byPlace.get('sessions') ?? 'The first sample could not be opened.');
}

function welcome(): void {
  gallery.value = 'welcome';
  writeSettings(pageStorage(), { welcomed: true });
}
