import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import type { RunState } from '../../../protocol/contract.ts';
import { useLabClient } from '../../services/lab-client.ts';
import { useSelection } from '../../services/selection.ts';
import { fakeLab, fakeState, type FakeLab } from '../../testing/fake-lab.ts';
import { TRANSACTIONS } from '../../testing/fake-run.ts';
import { usePath } from './path-store.ts';

let lab: FakeLab;
let revision = 100;
beforeEach(async () => {
  setActivePinia(createPinia());
  lab = fakeLab();
  await useLabClient().connect(lab.port);
});

async function becomes(state: RunState['state'], position: number): Promise<void> {
  lab.server.emit('run.changed', fakeState({ revision: ++revision, state, position, steps: 9, transactions: TRANSACTIONS.length }));
  await new Promise((resolve) => setTimeout(resolve));
}

it('follows the run, and keeps the step that was chosen while it goes on until the next run or until it is taken back', async () => {
  const path = usePath();
  await becomes('running', 5);
  expect(path.step).toBe(5);
  void useSelection().selectTransaction(1);
  const { step } = TRANSACTIONS[0]!;
  await vi.waitFor(() => expect(path.step).toBe(step));
  await becomes('running', 6);
  await becomes('done', 7);
  expect(path.step).toBe(step);
  await becomes('running', 7);
  await becomes('paused', 8);
  expect(path.step).toBe(8);
  await becomes('running', 8);
  path.move(-1);
  await becomes('paused', 9);
  expect(path.step).toBe(7);
  useSelection().clear();
  await becomes('paused', 4);
  expect(path.step).toBe(4);
});
