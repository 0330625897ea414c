// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { nextTick } from 'vue';
import { beforeEach, expect, it, vi } from 'vitest';
import { useHistory } from './history.ts';
import { useSelection } from './selection.ts';

beforeEach(() => setActivePinia(createPinia()));

it('goes back to what was selected, forth again, and forgets what was ahead when one goes elsewhere', async () => {
  const clock = vi.spyOn(performance, 'now');
  const history = useHistory();
  const selection = useSelection();
  const visit = async (txn: number, at: number): Promise<void> => {
    clock.mockReturnValue(at);
    selection.txn = txn;
    await nextTick();
  };
  await visit(1, 1000);
  await visit(2, 2000);
  await visit(3, 3000);
  expect([history.canGoBack, history.canGoForth]).toEqual([true, false]);
  await history.move(-1);
  expect(selection.txn).toBe(2);
  await visit(7, 5000);
  expect(history.canGoForth).toBe(false);
  await history.move(-1);
  expect(selection.txn).toBe(2);
  clock.mockRestore();
});

it('does not keep what was only passed through', async () => {
  const clock = vi.spyOn(performance, 'now');
  const history = useHistory();
  const selection = useSelection();
  for (const [txn, at] of [[1, 1000], [2, 2000], [3, 2050], [4, 2100], [5, 2150]] as const) {
    clock.mockReturnValue(at);
    selection.txn = txn;
    await nextTick();
  }
  await history.move(-1);
  expect(selection.txn).toBe(1);
  clock.mockRestore();
});
