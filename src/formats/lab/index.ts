/** Lab documents: YAML in three parts, to data of model/lab with problems at their places. */
export { locate, parseLab } from './parse.ts';
export type { LabParse } from './parse.ts';
export { PART_NAMES } from './problem.ts';
export type { Documents, PartName, Problem } from './problem.ts';
export { splitLab } from './source.ts';
export { generateSchemas } from './schemas.ts';
