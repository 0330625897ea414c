// @vitest-environment happy-dom
/** Running by command, where something else is opened meanwhile. */
import { createPinia, setActivePinia } from 'pinia';
import { beforeAll, expect, it, vi } from 'vitest';
import { runToEnd } from '../services/commands.ts';
import { useDocuments } from '../services/documents.ts';
import { useLabClient } from '../services/lab-client.ts';
import { FIRST_SAMPLE, useSessions } from '../services/sessions.ts';
import { fakeLab, fakeState, type FakeLab } from '../testing/fake-lab.ts';
import { DOCUMENTS } from '../testing/fake-run.ts';
import { registerAppCommands } from './commands.ts';

let lab: FakeLab;

beforeAll(async () => {
  setActivePinia(createPinia());
  registerAppCommands();
  lab = fakeLab();
  await useLabClient().connect(lab.port);
  await useSessions().openSample(FIRST_SAMPLE);
});

it('keeps a run that came to its end', async () => {
  await runToEnd('run.run');
  expect(lab.calls).toContain('sessions.save');
  lab.calls.length = 0;
});

it('keeps what a run is of, not what was opened while it ran', async () => {
  let end = (): void => undefined;
  const ran = new Promise<void>((resolve) => (end = resolve));
  lab.override({ 'run.run': () => ran.then(() => fakeState({ revision: 1000, state: 'done', position: 5 })) });
  const running = runToEnd('run.run');
  await vi.waitFor(() => expect(lab.calls.filter((call) => call === 'run.run')).toHaveLength(1));
  useDocuments().open('Another', { ...DOCUMENTS, steps: '' });
  end();
  await running;
  expect(lab.calls).not.toContain('sessions.save');
});
