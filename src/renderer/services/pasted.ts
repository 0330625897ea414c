/** What was pasted or dropped into the window: the decode panel shows what it holds. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import { useLayout } from './layout.ts';

/** A text box with more than this makes a page slow; such a text is taken like a file. */
export const LONG_TEXT = 100_000;

export interface PastedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export const usePasted = defineStore('pasted', () => {
  /** What the decode panel has in its box. */
  const text = ref('');
  const file = shallowRef<PastedFile | null>(null);
  /** How many tables of firmware were decoded: each may give StreamIDs other names. */
  const tables = ref(0);

  function showText(value: string): void {
    if (value.trim() === '') return;
    if (value.length > LONG_TEXT) return showFile({ name: `Pasted text, ${value.split('\n').length} lines`, bytes: new TextEncoder().encode(value) });
    file.value = null;
    text.value = value;
    useLayout().reveal('decode');
  }

  /** Grows when it is to be shown again: something else was opened meanwhile, by itself. */
  const insisted = ref(0);
  function insist(): void {
    if (text.value.trim() === '' && file.value === null) return;
    insisted.value++;
    useLayout().reveal('decode');
  }

  function showFile(dropped: PastedFile): void {
    text.value = '';
    file.value = dropped;
    useLayout().reveal('decode');
  }

  return { text, file, tables, insisted, insist, showText, showFile };
});
