/** Which document is on screen, and where the cursor is wanted. */
import { defineStore } from 'pinia';
import { ref, shallowRef } from 'vue';
import type { DocumentName } from '../../services/documents.ts';

export interface WantedPlace {
  readonly line: number;
  readonly column: number;
}

export const useEditors = defineStore('editors', () => {
  const active = ref<DocumentName>('steps');
  const wanted = shallowRef<WantedPlace | null>(null);

  /** Shows a place of a document and puts the cursor there. */
  function reveal(document: DocumentName, place: WantedPlace): void {
    active.value = document;
    wanted.value = { ...place };
  }

  return { active, wanted, reveal };
});
