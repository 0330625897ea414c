/** A bundle that came to the window: dropped on it, chosen in a dialog, opened with the lab. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { ChosenFile } from './files/files.ts';

export const useIncoming = defineStore('incoming', () => {
  /** The one that the user is asked about. */
  const bundle = shallowRef<ChosenFile | null>(null);
  const receive = (file: ChosenFile): void => void (bundle.value = file);

  return { bundle, receive };
});
