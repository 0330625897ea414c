/** How a user likes the window: the form of addresses, motion, the size of documents. */
import { defineStore } from 'pinia';
import { ref, watch, watchEffect } from 'vue';
import type { AddressForm } from '../widgets/address.ts';
import { pageStorage, readSettings, writeSettings, type Settings } from './settings.ts';

export const usePreferences = defineStore('preferences', () => {
  const stored = readSettings(pageStorage());
  const addresses = ref<AddressForm>(stored.addresses);
  const motion = ref<Settings['motion']>(stored.motion);
  const editorText = ref(stored.editorText);

  watchEffect(() => (document.documentElement.dataset['motion'] = motion.value));
  watch([addresses, motion, editorText], () => writeSettings(pageStorage(), { addresses: addresses.value, motion: motion.value, editorText: editorText.value }), { flush: 'sync' });

  return { addresses, motion, editorText };
});
