import { fieldMask, wordOf } from './register-field.ts';

/** Errors of GERROR that this model raises (IHI 0070 7.5). */
export type GlobalError =
  'CMDQ_ERR' | 'EVENTQ_ABT_ERR' | 'PRIQ_ABT_ERR' | 'MSI_CMDQ_ABT_ERR' | 'MSI_EVENTQ_ABT_ERR' | 'MSI_PRIQ_ABT_ERR' | 'MSI_GERROR_ABT_ERR' | 'CMDQP_ERR';

const GERROR = wordOf('GERROR');
const GERRORN = wordOf('GERRORN');

const MASKS: Readonly<Record<GlobalError, number>> = {
  CMDQ_ERR: fieldMask('GERROR', 'CMDQ_ERR'),
  EVENTQ_ABT_ERR: fieldMask('GERROR', 'EVENTQ_ABT_ERR'),
  PRIQ_ABT_ERR: fieldMask('GERROR', 'PRIQ_ABT_ERR'),
  MSI_CMDQ_ABT_ERR: fieldMask('GERROR', 'MSI_CMDQ_ABT_ERR'),
  MSI_EVENTQ_ABT_ERR: fieldMask('GERROR', 'MSI_EVENTQ_ABT_ERR'),
  MSI_PRIQ_ABT_ERR: fieldMask('GERROR', 'MSI_PRIQ_ABT_ERR'),
  MSI_GERROR_ABT_ERR: fieldMask('GERROR', 'MSI_GERROR_ABT_ERR'),
  CMDQP_ERR: fieldMask('GERROR', 'CMDQP_ERR'),
};

/** The bits of all active errors: those that differ between GERROR and GERRORN (6.3.19). */
export const activeErrors = (words: Int32Array): number => words[GERROR]! ^ words[GERRORN]!;

export const hasError = (errors: number, error: GlobalError): boolean => (errors & MASKS[error]) !== 0;

/** Toggles the error's bit in GERROR. False when it is still active: the repetition is lost (7.5). */
export function activate(error: GlobalError, words: Int32Array): boolean {
  if (hasError(activeErrors(words), error)) return false;
  words[GERROR]! ^= MASKS[error];
  return true;
}

/** A failed MSI of GERROR cannot be told by an interrupt of GERROR (6.3.19). */
export const isInterruptible = (error: GlobalError): boolean => error !== 'MSI_GERROR_ABT_ERR';
