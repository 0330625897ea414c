/** The record under the magnifying glass: an event, a descriptor of a walk, something pasted. Whoever selects one shows it here. */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { Field } from '../../protocol/contract.ts';
import type { AddressSpace } from '../widgets/address.ts';
import type { Look } from '../widgets/status.ts';

export interface FieldMark {
  readonly name: string;
}

export interface Inspection {
  /** The panel it comes from, and what it is there. */
  readonly origin: string;
  readonly key: string;
  readonly title: string;
  readonly look?: Look;
  /** A sentence that says what happened to it. */
  readonly note?: string;
  /** Why it is there, and what helps. */
  readonly cause?: string;
  readonly remedy?: string;
  readonly rule?: string;
  readonly section?: string;
  readonly address?: { readonly space: AddressSpace; readonly value: string };
  /** 16 hex digits each. */
  readonly words: readonly string[];
  readonly fields: readonly Field[];
  /** The field to be marked; a new one marks it again. */
  readonly mark?: FieldMark;
}

export const useInspection = defineStore('inspection', () => {
  const shown = shallowRef<Inspection | null>(null);
  const show = (inspection: Inspection): void => void (shown.value = inspection);
  /** Takes back what `origin` showed, if it is still there. */
  function clear(origin: string): void {
    if (shown.value?.origin === origin) shown.value = null;
  }
  return { shown, show, clear };
});
