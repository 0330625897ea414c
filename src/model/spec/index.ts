/** The one table: every structure of IHI 0070, its fields and its rules. */
export * from './layout.ts';
export * from './codes.ts';
export * from './features.ts';
export { STE } from './ste.ts';
export { CD } from './cd.ts';
export { L1CD, L1STD } from './level-1-descriptors.ts';
export * from './granules.ts';
export * from './stream-world.ts';
export * from './rules/rule.ts';
export { STE_RULES, illegalSte } from './rules/ste.ts';
export { CD_RULES, illegalCd } from './rules/cd.ts';
export { TRANSLATION_RULES } from './rules/translation.ts';
export { RULES, ruleNumber, ruleOf } from './rules/registry.ts';
export { CERROR, COMMANDS, commandName } from './commands.ts';
export { EVENTS, eventName } from './events.ts';
export { PRI_ENTRY } from './pri.ts';
export { ATOS_FAULT, ECMDQ, REGISTERS, REGISTER_REGIONS, registerAt } from './registers.ts';
export type { RegisterRegion } from './registers.ts';
