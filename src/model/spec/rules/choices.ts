/** Decisions that only an SMMU with another alternative of a choice (spec/choices.ts) than the model's picks comes to. */
import type { Rule, RuleEvent } from './rule.ts';

const rule = (id: string, section: string, event: RuleEvent, fields: readonly string[], doc: string): Rule => ({ id, section, event, fields, doc });

export const CHOICE_RULES: readonly Rule[] = [
  rule('ste.reserved-bits', '5', 'C_BAD_STE', [], 'With the choice structure.reserved-bits: invalid, an STE with reserved bits set is ILLEGAL.'),
  rule('cd.reserved-bits', '5', 'C_BAD_CD', [], 'With the choice structure.reserved-bits: invalid, a CD with reserved bits set is ILLEGAL.'),
  rule('tlb.overlap', '7.3.17', 'F_TLB_CONFLICT', ['IDR3.BBML'], 'With the choice tlb.conflict: F_TLB_CONFLICT, one entry at most may translate an address.'),
];
