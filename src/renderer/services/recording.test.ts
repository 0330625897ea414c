// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { DEFAULT_RECORDING, RpcError, type RecordingOptions } from '../../protocol/contract.ts';
import { fakeLab, fakeState, type FakeLab } from '../testing/fake-lab.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useRecording } from './recording.ts';
import { useRun } from './run.ts';
import { FIRST_SAMPLE, useSessions } from './sessions.ts';

let lab: FakeLab;
/** What the host was told last. */
let told: RecordingOptions;

beforeEach(async () => {
  setActivePinia(createPinia());
  localStorage.clear();
  lab = fakeLab();
  told = DEFAULT_RECORDING;
  lab.override({ 'recording.set': (change) => (told = Object.assign({ ...told }, change)), 'recording.pause': ({ paused }) => fakeState({ revision: 99, paused }) });
  await useLabClient().connect(lab.port);
});

it('is of each session: another has its own, and that of the one before comes back with it', async () => {
  const recording = useRecording();
  await useSessions().openSession('s1');
  await recording.set({ level: 'transactions', limit: 500 });
  await useSessions().openSample(FIRST_SAMPLE);
  await vi.waitFor(() => expect(told).toEqual(DEFAULT_RECORDING));
  await useSessions().openSession('s1');
  await vi.waitFor(() => expect([told.level, told.limit]).toEqual(['transactions', 500]));
});

it('says that a change is for the next run, until one begins', async () => {
  const recording = useRecording();
  await useSessions().openSample(FIRST_SAMPLE);
  await recording.set({ beforeFaults: 1000 });
  expect(recording.isForNext).toBe(true);
  await useRun().reset();
  await vi.waitFor(() => expect(recording.isForNext).toBe(false));
});

it('pauses at once; a refusal is told and changes nothing', async () => {
  const recording = useRecording();
  await useSessions().openSample(FIRST_SAMPLE);
  await recording.pause();
  expect(recording.isPaused).toBe(true);
  const before = recording.options;
  lab.override({ 'recording.set': () => { throw new RpcError({ code: 'bad-request', message: 'limit: expected a number' }); } });
  await recording.set({ limit: 1 });
  expect([recording.options, useMessages().byPlace.get('recording')]).toEqual([before, expect.stringContaining('limit: expected a number')]);
});
