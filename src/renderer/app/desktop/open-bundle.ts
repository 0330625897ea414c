/** A bundle that is dropped or opened with the lab becomes a session, and is shown. */
import { MAX_PIECE } from '../../../protocol/exchange.ts';
import type { ResultOf } from '../../../protocol/contract.ts';
import { KINDS, type ChosenFile } from '../../services/files/files.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useJobs } from '../../services/jobs.ts';
import { registerOpener } from '../../services/openers.ts';
import { useSessions } from '../../services/sessions.ts';

export function registerBundleOpener(): void {
  const sessions = useSessions();
  const jobs = useJobs();
  registerOpener({
    extensions: KINDS.bundle.extensions,
    what: 'a bundle',
    open: async (file) => {
      const { id, runId } = await jobs.track(`Importing ${file.name}`, (signal) => importBundle(file, signal));
      await (runId === null ? sessions.openSession(id) : sessions.openStoredRun(id, runId));
    },
  });
}

async function importBundle(file: ChosenFile, signal: AbortSignal): Promise<ResultOf<'bundles.import'>> {
  const client = useLabClient();
  const { transfer } = await client.call('transfers.begin', { name: file.name, bytes: file.size });
  try {
    for (let at = 0; at < file.size; at += MAX_PIECE) {
      const bytes = await file.read(at, Math.min(MAX_PIECE, file.size - at));
      await client.call('transfers.write', { transfer, at, bytes }, { signal });
    }
    return await client.call('bundles.import', { job: `open ${transfer}`.slice(0, 60), transfer }, { signal });
  } finally {
    await file.close();
    await client.call('transfers.end', { transfer });
  }
}
