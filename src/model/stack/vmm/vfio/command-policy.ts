/** Which commands a VMM refuses, and which it consumes without a thought (b.3). */
import { accessor, CERROR, COMMANDS, fieldOf } from '../../../spec/index.ts';
import type { CaseDef, Features } from '../../../spec/index.ts';
import { isPresent } from '../../../smmu/registers/presence.ts';
import type { VfioPolicy } from './policy.ts';

/** Commands that QEMU knows, traces as unhandled and drops. */
const UNHANDLED: ReadonlySet<string> = new Set([
  'CMD_ATC_INV',
  'CMD_PRI_RESP',
  'CMD_RESUME',
  'CMD_STALL_TERM',
  'CMD_TLBI_EL3_ALL',
  'CMD_TLBI_EL3_VA',
  'CMD_TLBI_EL2_ALL',
  'CMD_TLBI_EL2_ASID',
  'CMD_TLBI_EL2_VA',
  'CMD_TLBI_EL2_VAA',
  'CMD_TLBI_S12_VMALL',
  'CMD_TLBI_S2_IPA',
]);

const SERVED: ReadonlySet<string> = new Set([
  'CMD_PREFETCH_CONFIG',
  'CMD_PREFETCH_ADDR',
  'CMD_CFGI_STE',
  'CMD_CFGI_STE_RANGE',
  'CMD_CFGI_CD',
  'CMD_CFGI_CD_ALL',
  'CMD_TLBI_NH_ALL',
  'CMD_TLBI_NH_ASID',
  'CMD_TLBI_NH_VA',
  'CMD_TLBI_NH_VAA',
  'CMD_TLBI_NSNH_ALL',
  'CMD_SYNC',
]);

export type Verdict = { readonly record: CaseDef } | { readonly ignored: CaseDef } | { readonly cerror: number; readonly why: string };

const illegal = (why: string): Verdict => ({ cerror: CERROR.ILL, why });

/** What becomes of a command before anything is done. */
export function judgeCommand(words: Int32Array, features: Features, policy: VfioPolicy): Verdict {
  const record = COMMANDS.byNumber.get(words[0]! & 0xff);
  if (record === undefined) return illegal('unknown opcode');
  if (isSecure(record, words)) return illegal('SSec is 1');
  if (policy.unsupported === 'illegal')
    return isPresent(record, features)
      ? strictly(record, words, features)
      : illegal(`${record.id} needs ${record.needs ?? record.since ?? 'a later version'}`);
  if (SERVED.has(record.id)) return { record };
  return UNHANDLED.has(record.id) ? { ignored: record } : illegal('unknown opcode');
}

function isSecure(record: CaseDef, words: Int32Array): boolean {
  return fieldOf(record, 'SSec') !== undefined && accessor(record, 'SSec')(words, 0) === 1;
}

/** Encodings that the architecture reserves (4.4.1.1, 4.7.3). The host does ATC and PRI by itself, so those are no work. */
function strictly(record: CaseDef, words: Int32Array, features: Features): Verdict {
  const field = (name: string): number => (fieldOf(record, name) === undefined ? 0 : accessor(record, name)(words, 0));
  if (record.id === 'CMD_SYNC' && field('CS') === 3) return illegal('CS 3 is reserved');
  const ranged = features.ril && field('TG') !== 0;
  if (ranged && field('TTL') === 0 && field('NUM') === 0 && field('SCALE') === 0) return illegal('TTL, NUM and SCALE are all 0');
  return SERVED.has(record.id) ? { record } : { ignored: record };
}
