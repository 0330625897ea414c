/** An opened capture: registers and memory of an SMMU that a real kernel programmed, to be asked for translations. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { CaptureSummary, Params, ResultOf } from '../../protocol/contract.ts';
import { useLabClient } from './lab-client.ts';
import { useMessages } from './messages.ts';
import { useOpening } from './opening.ts';
import { useRun } from './run.ts';
import { useSelection } from './selection.ts';

export const useCapture = defineStore('capture', () => {
  const client = useLabClient();
  const messages = useMessages();
  const opening = useOpening();
  const run = useRun();
  const selection = useSelection();
  const opened = shallowRef<ResultOf<'captures.open'> | null>(null);
  const list = shallowRef<readonly CaptureSummary[]>([]);

  const refresh = (): Promise<unknown> => messages.attempt('captures', async () => (list.value = await client.call('captures.list', {})));

  /** `folder` names a capture that came as files: the host sees only what is in them. */
  const open = (params: Params<'captures.open'>, folder?: string): Promise<boolean> =>
    opening.open(async (isOver) => {
      const answer = await messages.attempt('captures', async () => {
        const capture = await client.call('captures.open', params, { label: 'Opening the capture' });
        return { capture, state: await client.call('run.state', {}) };
      });
      if (answer === undefined) return false;
      if (await isOver()) return true;
      const { capture } = answer;
      opened.value = folder === undefined ? capture : { ...capture, capture: { ...capture.capture, title: folder } };
      selection.clear();
      run.adopt(answer.state);
      return true;
    });

  /** What the captured SMMU does with an access; the new transaction is then selected. */
  async function translate(params: Params<'capture.translate'>): Promise<void> {
    const answer = await messages.attempt('captures', async () => {
      const { txn } = await client.call('capture.translate', params, { label: 'Translating' });
      return { txn, state: await client.call('run.state', {}) };
    });
    if (answer === undefined) return;
    run.update(answer.state);
    await selection.selectTransaction(answer.txn);
  }

  const close = (): void => void (opened.value = null);

  return { opened, list, refresh, open, translate, close };
});
