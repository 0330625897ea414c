/** What the lab was started with, or asked to open while it ran: bundles, and links to what is there already. */
import { shallowRef } from 'vue';
import type { DeepLink, Launch } from '../../../protocol/desktop.ts';
import { fileOfHandle } from '../../services/files/desktop-files.ts';
import type { ChosenFile } from '../../services/files/files.ts';
import { useFilters } from '../../services/filters.ts';
import { desktopOf } from '../../services/lab-port.ts';
import { useLayout } from '../../services/layout.ts';
import { useMessages } from '../../services/messages.ts';
import { openFile } from '../../services/openers.ts';
import { isPanelId } from '../../services/panels.ts';
import { useSelection } from '../../services/selection.ts';
import { useSessions } from '../../services/sessions.ts';

/** Something that would take the place of edits that nothing has saved: somebody is asked first. */
export interface Question {
  readonly what: string;
  open(): Promise<void>;
}
export const question = shallowRef<Question | null>(null);

/** Opens what waits at the desktop; says whether something was opened or asked about. */
export async function openLaunches(): Promise<boolean> {
  const launches = (await desktopOf(window)?.call('launches.take', {})) ?? [];
  let did = false;
  for (const launch of launches) did = (await openLaunch(launch)) || did;
  return did;
}

async function openLaunch(launch: Launch): Promise<boolean> {
  if (launch.kind === 'link') return unlessUnsaved(`${launch.link.open} ${launch.link.id}`, () => openLink(launch.link));
  if (launch.kind === 'file') return openChosen(fileOfHandle(desktopOf(window)!, launch.file));
  useMessages().show('app', launch.message);
  return false;
}

/** A file that was dropped on the window or opened with the lab. */
export function openChosen(file: ChosenFile): Promise<boolean> {
  const messages = useMessages();
  return unlessUnsaved(file.name, async () => {
    await messages.attempt('app', () => openFile(file));
  });
}

async function unlessUnsaved(what: string, open: () => Promise<void>): Promise<boolean> {
  if (useSessions().hasUnsavedEdits) question.value = { what, open };
  else await open();
  return true;
}

/** Opens and selects; a link carries neither documents nor commands. */
async function openLink({ open, id, txn, filter, panel }: DeepLink): Promise<void> {
  const sessions = useSessions();
  const messages = useMessages();
  messages.clear('sessions');
  const opened = await (open === 'sample' ? sessions.openSample(id) : sessions.openSession(id));
  if (!opened) return messages.show('app', `The link cannot be opened: ${messages.byPlace.get('sessions') ?? `there is no ${open} ${id}`}`);
  if (filter !== undefined) await useFilters().lists.transactions.set(filter);
  if (txn !== undefined) await useSelection().selectTransaction(txn);
  if (isPanelId(panel)) useLayout().reveal(panel);
}
