/** The two sides as they are chosen; kept while the panel is closed. */
import { defineStore } from 'pinia';
import { computed, reactive } from 'vue';
import type { CompareSide } from '../../../protocol/contract.ts';
import { useCompared } from '../../services/compared.ts';
import { useDocuments } from '../../services/documents.ts';
import { KINDS } from '../../services/files/files.ts';
import { pageFiles } from '../../services/files/page-files.ts';
import { useMessages } from '../../services/messages.ts';
import { useTransfers } from '../../services/transfers.ts';
import { newSide, sideOf, type SideChoice } from './sides.ts';

export const useSides = defineStore('sides', () => {
  const compared = useCompared();
  const documents = useDocuments();
  const messages = useMessages();
  const transfers = useTransfers();
  const a = reactive(newSide('shown'));
  const b = reactive({ ...newSide('documents'), profile: 'qemu-11' as const } as SideChoice);

  const asked = computed<readonly [CompareSide, CompareSide] | null>(() => {
    const [left, right] = [sideOf(a, documents.snapshot()), sideOf(b, documents.snapshot())];
    return left === null || right === null ? null : [left, right];
  });

  async function compare(): Promise<void> {
    if (asked.value !== null) await compared.compare(...asked.value);
  }

  /** A bundle of the user's; the one before is given back. */
  async function chooseBundle(side: SideChoice): Promise<void> {
    const chosen = await messages.attempt('compare', async () => {
      const [file] = await pageFiles().open({ title: 'Bundle to compare', kinds: [KINDS.bundle] });
      return file === undefined ? null : { transfer: await transfers.upload(file), file: file.name };
    });
    if (chosen == null) return;
    if (side.transfer !== '') void transfers.end(side.transfer);
    Object.assign(side, chosen);
  }

  /** A becomes B, and B A. */
  function swap(): void {
    const before = { ...a };
    Object.assign(a, { ...b });
    Object.assign(b, before);
  }

  return { a, b, asked, compare, chooseBundle, swap };
});
