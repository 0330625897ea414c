/** The decisions about ATS translation requests and Translated transactions (IHI 0070 3.9.1). */
import type { Rule, RuleEvent } from './rule.ts';

const rule = (id: string, section: string, event: RuleEvent, fields: readonly string[], doc: string): Rule => ({ id, section, event, fields, doc });

/** Decisions about ATS alone, in the order in which they can be met. */
export const ATS_RULES: readonly Rule[] = [
  rule('ats.unsupported', '3.9.1', 'none', ['IDR0.ATS'], 'An SMMU without ATS answers translation requests with Unsupported Request and aborts Translated transactions.'),
  rule('ats.disabled', '3.9.1.2', 'F_BAD_ATS_TREQ', ['CR0.SMMUEN'], 'With SMMUEN 0 a translation request is answered with Unsupported Request.'),
  rule('ats.not-enabled', '3.9.1.2', 'F_BAD_ATS_TREQ', ['STE.EATS', 'STE.Config', 'CR0.ATSCHK'], 'The STE must let its stream use ATS: a stage is enabled and EATS is not 0, nor 2 while CR0.ATSCHK is 0.'),
  rule('translated.disabled', '3.9.1.3', 'F_TRANSL_FORBIDDEN', ['CR0.SMMUEN'], 'With SMMUEN 0 a Translated transaction aborts.'),
  rule('translated.forbidden', '3.9.1.3', 'F_TRANSL_FORBIDDEN', ['STE.EATS', 'STE.Config', 'CR0.ATSCHK'], 'With CR0.ATSCHK 1 the STE must let its stream use ATS.'),
  rule('translated.unchecked', '3.9.1.3', 'none', ['CR0.ATSCHK'], 'With CR0.ATSCHK 0 a Translated transaction passes: no STE is looked at.'),
  rule('translated.full', '3.9.1.3', 'none', ['STE.EATS'], 'With EATS 1 a Translated transaction carries a PA: it passes.'),
  rule('translated.oas', '3.4', 'none', ['IDR5.OAS'], 'A Translated transaction beyond the output address size aborts, without event.'),
  rule('atc.refused', '3.9.1.2', 'none', [], 'The completion of the translation request does not grant the access: the device makes none.'),
];
