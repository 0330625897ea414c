/** What the caches panel shows: which entries, and what a command that is not sent would do to them. */
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { CacheKind, Params } from '../../../protocol/contract.ts';
import { useRun } from '../../services/run.ts';
import { useSelection } from '../../services/selection.ts';
import { typedAddress } from '../../widgets/address.ts';
import { withStreamIds } from './command-step.ts';

export const useCaches = defineStore('caches', () => {
  const run = useRun();
  const selection = useSelection();
  /** Empty: all of them. */
  const kinds = ref<readonly CacheKind[]>([]);
  const staleOnly = ref(false);
  /** As typed. */
  const address = ref('');
  const sid = ref<number | null>(null);
  const command = ref('');

  /** With numbers in place of the names of devices. */
  const named = computed(() => withStreamIds(command.value, run.state?.lab.devices ?? []));

  const wrongAddress = computed(() => address.value.trim() !== '' && typedAddress(address.value) === null);
  const query = computed((): Omit<Params<'caches.window'>, 'from' | 'count'> => {
    const typed = typedAddress(address.value);
    return {
      kinds: [...kinds.value],
      staleOnly: staleOnly.value,
      command: named.value,
      ...(typed === null ? {} : { address: typed }),
      ...(sid.value === null ? {} : { sid: sid.value }),
    };
  });
  const narrowed = computed(() => kinds.value.length > 0 || staleOnly.value || address.value !== '' || sid.value !== null);

  function toggle(kind: CacheKind): void {
    kinds.value = kinds.value.includes(kind) ? kinds.value.filter((one) => one !== kind) : [...kinds.value, kind];
  }

  function showAll(): void {
    kinds.value = [];
    staleOnly.value = false;
    address.value = '';
    sid.value = null;
  }

  /** What the selected transaction could meet. */
  async function showForTransaction(): Promise<void> {
    const row = await selection.fetched();
    if (row === undefined) return;
    showAll();
    address.value = row.iova;
    sid.value = row.sid;
  }

  return { kinds, staleOnly, address, sid, command, named, wrongAddress, query, narrowed, toggle, showAll, showForTransaction };
});
