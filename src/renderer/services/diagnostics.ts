/** What a report of a problem needs, as one JSON document: what this is, what it did, and the lab it did it with. */
import { useDocuments } from './documents.ts';
import { KINDS } from './files/files.ts';
import { pageFiles } from './files/page-files.ts';
import { useLabClient } from './lab-client.ts';
import { desktopOf } from './lab-port.ts';
import { useMessages } from './messages.ts';
import { useRun } from './run.ts';
import { useSessions } from './sessions.ts';

export async function diagnostics(): Promise<Record<string, unknown>> {
  const { hello } = useLabClient();
  const run = useRun();
  const documents = useDocuments();
  const desktop = await desktopOf(window)?.call('diagnostics.get', {});
  return {
    made: new Date().toISOString(),
    program: { ...hello, browser: navigator.userAgent, ...desktop?.versions },
    run: run.state,
    session: useSessions().current,
    documents: documents.snapshot(),
    problems: documents.problems,
    messages: Object.fromEntries(useMessages().byPlace),
    complaints: desktop?.complaints ?? [],
  };
}

/** Null when the dialog was dismissed. */
export const saveDiagnostics = (): Promise<string | null> =>
  pageFiles().save({ title: 'Save diagnostics', name: 'smmu-lab-diagnostics.json', kind: KINDS.json }, async function* () {
    yield new TextEncoder().encode(`${JSON.stringify(await diagnostics(), null, 2)}\n`);
  });
