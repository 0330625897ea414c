import { DEFAULT_CHOICES } from '../choices.ts';
import type { Choices } from '../choices.ts';
import type { Deviations } from '../deviations.ts';
import { ADDRESS_BITS } from '../features.ts';
import type { Features } from '../features.ts';
import { accessor } from '../layout.ts';
import type { Words } from '../layout.ts';
import { STE } from '../ste.ts';
import type { SteRule } from './rule.ts';
import { illegalSte, STE_RULES } from './ste.ts';

const Config = accessor(STE, 'Config');
const S1CDMax = accessor(STE, 'S1CDMax');
const S1STALLD = accessor(STE, 'S1STALLD');
const S2T0SZ = accessor(STE, 'S2T0SZ');
const S2PS = accessor(STE, 'S2PS');
const TRANSLATING = 5;
const STAGE_2_ALONE = 6;

const byId = (id: string): SteRule => STE_RULES.find((one) => one.id === id)!;
const CD_MAX = byId('ste.s1cdmax');
const STALLD = byId('ste.s1stalld');
const START_LEVEL = byId('ste.s2sl0');
const AFTER_START_LEVEL = STE_RULES.slice(STE_RULES.indexOf(START_LEVEL) + 1);

const CONTEXT_POINTER = byId('ste.s1contextptr.ias');
const CONTEXT_POINTERS = [byId('ste.s1contextptr.oas'), CONTEXT_POINTER];
const INPUT_SIZE = byId('ste.s2t0sz');
/** No start level needs more. */
const LARGE_OAS = 52;

/** What the architecture leaves to this SMMU, or QEMU does not check, of an STE that breaks the rule. */
function isExcused(rule: SteRule, ste: Words, at: number, f: Features, deviates: Deviations, choices: Choices): boolean {
  if (deviates['ste-context-pointer'] && CONTEXT_POINTERS.includes(rule)) return true;
  if (rule === CONTEXT_POINTER) return choices['STE.S1ContextPtr-beyond-ias'] === 'F_TRANSLATION';
  return rule === START_LEVEL && choices['STE.S2SL0-small-oas'] === 'legal' && !START_LEVEL.violated(ste, at, { ...f, oas: LARGE_OAS });
}

/** The first rule that it breaks, but for what is excused. */
function firstBroken(ste: Words, at: number, f: Features, deviates: Deviations, choices: Choices): SteRule | null {
  const config = Config(ste, at);
  let rule = illegalSte(ste, at, f);
  while (rule !== null && isExcused(rule, ste, at, f, deviates, choices)) {
    const after = STE_RULES.slice(STE_RULES.indexOf(rule) + 1);
    rule = after.find((one) => one.configs.includes(config) && one.violated(ste, at, f)) ?? null;
  }
  return rule;
}

/** The first rule that makes the STE at word index `at` ILLEGAL, with the exceptions of choices and of the deviations that are on; null: legal. */
export function illegalSteFor(ste: Words, at: number, f: Features, deviates: Deviations, choices: Choices = DEFAULT_CHOICES): SteRule | null {
  const rule = firstBroken(ste, at, f, deviates, choices);
  const excused = rule === null || (rule === START_LEVEL && deviates['ste-start-level'] && !tooLarge(ste, at, f));
  if (excused && deviates['ste-input-size'] && Config(ste, at) >= STAGE_2_ALONE && 64 - S2T0SZ(ste, at) > Math.min(ADDRESS_BITS[S2PS(ste, at)]!, f.oas)) return INPUT_SIZE;
  if (excused && rule !== null) {
    const config = Config(ste, at);
    return AFTER_START_LEVEL.find((one) => one.configs.includes(config) && one.violated(ste, at, f)) ?? null;
  }
  if (rule === null && deviates['ste-stage1-fields'] && Config(ste, at) >= TRANSLATING) {
    const ignored = Config(ste, at) === STAGE_2_ALONE;
    if (S1CDMax(ste, at) !== 0 && (ignored || f.ssidSize === 0)) return CD_MAX;
    if (S1STALLD(ste, at) !== 0 && ignored) return STALLD;
  }
  return rule;
}

/** It also breaks the rule with the smallest IPA that S2SL0 allows: then it is not the IPA that is too small. */
function tooLarge(ste: Words, at: number, f: Features): boolean {
  const copy = Uint32Array.from({ length: 16 }, (_, word) => ste[at + word]!);
  for (let t0sz = S2T0SZ(ste, at); t0sz >= 64 - f.ias; t0sz--) {
    copy[5] = (copy[5]! & ~0x3f) | t0sz;
    if (!START_LEVEL.violated(copy, 0, f)) return false;
  }
  return true;
}
