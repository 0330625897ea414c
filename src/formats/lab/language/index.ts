/** What an editor asks about the documents: pure functions of texts and a place in them. Lines and columns count from 1, ends are exclusive. */
export { complete } from './complete.ts';
export type { Completion, Completions } from './complete.ts';
export { fixes } from './fixes.ts';
export type { Fix, TextEdit } from './fixes.ts';
export { format } from './format.ts';
export { hover } from './hover.ts';
export type { Hover } from './hover.ts';
export { names } from './references.ts';
export type { Names } from './references.ts';
export { outline } from './outline.ts';
export type { Entry } from './outline.ts';
