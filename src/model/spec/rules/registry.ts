/** All rules by number. Numbers stand in trace records and digests: append, never reorder or reuse. */
import { assert } from '../../base/assert.ts';
import { ATS_RULES } from './ats.ts';
import { CD_RULES } from './cd.ts';
import { CHOICE_RULES } from './choices.ts';
import { INVALIDATION_RULES } from './invalidation.ts';
import type { Rule } from './rule.ts';
import { STE_RULES } from './ste.ts';
import { TRANSLATION_RULES } from './translation.ts';

const NONE: Rule = { id: 'none', section: '', event: 'none', fields: [], doc: 'No rule: the step decides nothing.' };

const NUMBERED = `
none
smmu.disabled gbpa.abort gbpa.oas
sid.range sid.l1std ste.fetch ste.abort
ssid.bypass ssid.single ssid.range ssid.dss-terminate ssid.dss-zero
l1cd.invalid l1cd.range cd.fetch bypass.oas s1bypass.ias
s1.input-range s1.epd s1.walk-abort s1.invalid s1.reserved s1.output-size s1.table-size s1.access-flag
s1.permission-read s1.permission-write s1.permission-execute s1.pan
s2.input-range s2.walk-abort s2.invalid s2.reserved s2.output-size s2.table-size s2.access-flag
s2.permission-read s2.permission-write s2.permission-execute s2.ptw-device s2.permission-update
ok.translated ok.bypass tlb.hit config.hit
ste.v ste.config.s1p ste.config.s2p ste.eats.split ste.eats.s2s ste.eats.dpt ste.strw ste.s1stalld ste.s1cdmax ste.s1fmt
ste.s1contextptr.oas ste.s1contextptr.ias ste.s2s.terminate-only ste.s2s.stall-forced ste.s2aa64 ste.s2fwb ste.s2ha ste.s2hd
ste.s2tg ste.s2ttb ste.s2t0sz ste.s2sl0 ste.s2endi ste.s2vmid ste.vmsptr ste.s2haft ste.s2poe ste.s2pie ste.s2poi
cd.v cd.s.s1stalld cd.a cd.s.terminate-only cd.s.stall-forced cd.endi cd.aa64.aarch32 cd.aa64.aarch64 cd.ha cd.hd cd.asid
cd.t0sz cd.tg0 cd.ttb0 cd.t1sz cd.tg1 cd.ttb1 cd.haft cd.pie.reserved cd.pie.write-execute ste.s2poe.hwu
s1.update-abort s2.update-abort httu.access-flag httu.dirty
ats.unsupported ats.disabled ats.not-enabled translated.disabled translated.forbidden translated.unchecked translated.full translated.oas
atc.refused
stale.ste stale.l1std stale.cd stale.l1cd stale.cd-ipa stale.registers stale.ste-fields stale.cd-fields
stale.s1-leaf stale.s1-table stale.s2-leaf stale.s2-table stale.combined stale.tags
stale.atc stale.sync
ste.reserved-bits cd.reserved-bits tlb.overlap
`.trim().split(/\s+/);

const byId = new Map([NONE, ...TRANSLATION_RULES, ...ATS_RULES, ...STE_RULES, ...CD_RULES, ...INVALIDATION_RULES, ...CHOICE_RULES].map((rule) => [rule.id, rule]));
const numbers = new Map(NUMBERED.map((id, number) => [id, number]));
assert(numbers.size === NUMBERED.length, 'two rules have one id');
for (const id of byId.keys()) assert(numbers.has(id), `rule ${id} has no number`);

function named(id: string): Rule {
  const rule = byId.get(id);
  assert(rule !== undefined, `number given to ${id}, which is no rule`);
  return rule;
}

/** Every rule; its index is its number. Number 0 is 'none'. */
export const RULES: readonly Rule[] = NUMBERED.map(named);

/** The number of a rule. An unknown id is a bug. */
export function ruleNumber(id: string): number {
  const number = numbers.get(id);
  assert(number !== undefined, `no rule ${id}`);
  return number;
}

/** The rule with a number, or 'none' when a trace holds a number this version does not know. */
export const ruleOf = (number: number): Rule => RULES[number] ?? NONE;
