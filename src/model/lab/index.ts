/** A lab: plain data to a machine with tables in memory, and its steps. */
export * from './data.ts';
export { explain, eventOf } from './explain.ts';
export { structureAt, structureName } from './layout.ts';
export type { Located, Structure, StructureKind } from './layout.ts';
export { Machine } from './machine.ts';
export { createRunner, Runner } from './runner.ts';
export type { DmaStep, Expectation, RunnerOptions, RunSummary, StepResult } from './runner.ts';
export { VERBS } from './verbs.ts';
export type { Detail, Verb } from './verbs/verb.ts';
