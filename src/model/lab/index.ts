/** A lab: plain data to a machine with tables in memory, and its steps. */
export * from './data.ts';
export { explain, eventOf } from './explain.ts';
export { structureAt, structureName } from './layout.ts';
export type { Located, Structure, StructureKind } from './layout.ts';
export { Machine } from './machine.ts';
export { createRunner, Runner } from './runner.ts';
export type { AnyStep, DmaStep, Expectation, RunnerOptions, RunSummary, StepResult } from './runner.ts';
export { VERBS } from './verbs.ts';
export type { Detail, Verb } from './verbs/verb.ts';
export type * from './stack/data.ts';
export { DIVERGENCES } from './stack/divergences.ts';
export type { DivergenceName } from './stack/divergences.ts';
export { partingsOf } from './stack/partings.ts';
export type { Parting, Ran } from './stack/partings.ts';
export { STACK_VERBS } from './stack/verbs.ts';
export { withUapi } from './stack/with-uapi.ts';
export { UAPIS } from '../stack/assembly/data.ts';
export type { Uapi } from '../stack/assembly/data.ts';
