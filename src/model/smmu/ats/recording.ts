import { EVENTS } from '../../spec/events.ts';
import { TRANSACTION } from '../../trace/record.ts';
import type { RegisterFile } from '../registers/register-file.ts';

const number = (name: string): number => EVENTS.byName.get(name)!.number;
const BAD_STREAMID = number('C_BAD_STREAMID');
const STE_FETCH = number('F_STE_FETCH');
const BAD_STE = number('C_BAD_STE');
const BAD_ATS_TREQ = number('F_BAD_ATS_TREQ');
const TRANSLATION = number('F_TRANSLATION');
const PERMISSION = number('F_PERMISSION');

/** F_TRANSLATION, F_ADDR_SIZE, F_ACCESS, F_PERMISSION. */
export const isTranslationRelated = (event: number): boolean => event >= TRANSLATION && event <= PERMISSION;

/**
 * Whether a fault of a transaction that is no ordinary one is recorded (IHI 0070 3.9.1.2, 3.9.1.3, 4.2, 8.1). `recorded` is what an
 * ordinary transaction would have it. CR2.REC_CFG_ATS lets configuration errors be told; CR2.RECINVSID counts besides for requests only.
 */
export function recordsFault(type: number, event: number, recorded: boolean, registers: RegisterFile): boolean {
  if (type === TRANSACTION.PREFETCH) return false;
  if (type === TRANSACTION.TRANSLATED) {
    return event === BAD_STREAMID || event === STE_FETCH || event === BAD_STE ? registers.recCfgAts : recorded;
  }
  if (event === BAD_ATS_TREQ) return true;
  return !isTranslationRelated(event) && registers.recCfgAts && recorded;
}
