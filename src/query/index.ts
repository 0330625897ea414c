/** The filter language: text -> tree -> condition -> predicate or SQL, and what can be written at a cursor. */
export { completeFilter } from './complete.ts';
export type { Completion, Completions } from './complete.ts';
export { compileFilter, parseFilter } from './compile.ts';
export type { Filter } from './compile.ts';
export { MAX_FILTER } from './parser.ts';
export { emptyElement, toPredicate } from './predicate.ts';
export type { Element, Predicate } from './predicate.ts';
export type { Condition } from './condition.ts';
export type { Field } from './field.ts';
export type { Ranges } from './ranges.ts';
export { print, printName } from './print.ts';
export { registryOf } from './registry.ts';
export type { List, Registry } from './registry.ts';
export { toSql } from './sql.ts';
export type { SqlTable, Where } from './sql.ts';
export { recordColumns, SQL_TABLES, TABLES_SQL, TRANSACTION_COLUMNS, transactionColumns } from './tables.ts';
export * from './transaction-row.ts';
