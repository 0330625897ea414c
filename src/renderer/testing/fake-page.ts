/** The page of a test: fresh stores that are connected to a lab of plain data. */
import { flushPromises } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { useLabClient } from '../services/lab-client.ts';
import { FIRST_SAMPLE, useSessions } from '../services/sessions.ts';
import { fakeLab, type FakeLab } from './fake-lab.ts';

export async function fakePage(): Promise<FakeLab> {
  document.body.replaceChildren();
  setActivePinia(createPinia());
  const lab = fakeLab();
  await useLabClient().connect(lab.port);
  return lab;
}

/** The protocol answers in a few turns of the event loop. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await flushPromises();
}

/** With its results. */
export async function openSample(): Promise<void> {
  await useSessions().openSample(FIRST_SAMPLE);
  await settle();
}
