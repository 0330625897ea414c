import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it } from 'vitest';
import type { Action } from '../../../protocol/contract.ts';
import { useDocuments } from '../../services/documents.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useSessions } from '../../services/sessions.ts';
import { fakeLab, type FakeLab } from '../../testing/fake-lab.ts';
import { DOCUMENTS } from '../../testing/fake-run.ts';
import { useSessionDetails } from './session-details.ts';

const THEN = { ...DOCUMENTS, steps: DOCUMENTS.steps.replace('length: 64', 'length: 8') };
let lab: FakeLab;
let appended: Action[];
let pruned: string[];

beforeEach(async () => {
  setActivePinia(createPinia());
  lab = fakeLab();
  [appended, pruned] = [[], []];
  lab.override({
    'sessions.versions': () => [{ version: 2, when: '2026-11-22T12:00:00Z', runs: 1 }, { version: 1, when: '2026-11-21T12:00:00Z', runs: 0 }] as never,
    'sessions.version': () => THEN,
    'journal.append': ({ after, actions }) => (appended.push(...actions), { last: after + actions.length, undo: 1, redo: 0, unsaved: 0 }),
    'sessions.remove': () => ({}),
    'store.size': () => ({ bytes: 1, sessions: 1, runs: 1 }) as never,
    'store.prune': ({ runIds }) => (pruned.push(...runIds), {}) as never,
    'store.check': () => ({ complaints: ['row 3 missing from index'] }),
  });
  await useLabClient().connect(lab.port);
});

it('notes of a session that is not open go into its journal, and only what is another', async () => {
  const details = useSessionDetails();
  await details.choose('s1');
  await details.note({ title: 'My lab', notes: 'seen', tags: ['nightly'] });
  expect(appended).toEqual([{ kind: 'notes', before: '', after: 'seen' }, { kind: 'tags', before: [], after: ['nightly'] }]);
});

it('a version is compared with the documents as they are now, and put back as an edit that can be undone', async () => {
  const details = useSessionDetails();
  const documents = useDocuments();
  await useSessions().openSession('s1');
  await details.choose('s1');
  const [stretch] = await details.differences(1);
  expect(stretch).toMatchObject({ document: 'steps', line: DOCUMENTS.steps.split('\n').findIndex((line) => line.includes('length: 64')) + 1 });
  await details.restore(1);
  expect(documents.texts.steps).toBe(THEN.steps);
});

it('a version of a session that is not open is only looked at', async () => {
  const details = useSessionDetails();
  await details.choose('s1');
  await details.restore(1);
  expect(useDocuments().texts.steps).not.toBe(THEN.steps);
});

it('removing the open one leaves its documents on screen; traces go only when they are named; complaints of the database are told', async () => {
  const details = useSessionDetails();
  await useSessions().openSession('s1');
  await details.choose('s1');
  await details.prune(['r1']);
  await details.check();
  expect([pruned, details.checked]).toEqual([['r1'], '✗ row 3 missing from index']);
  await details.remove();
  expect([details.chosen, useSessions().current, useDocuments().texts.guest]).toEqual([null, null, DOCUMENTS.guest]);
});
