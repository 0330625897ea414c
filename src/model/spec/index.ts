/** The one table: every structure of IHI 0070, its fields and its rules. */
export * from './layout.ts';
export * from './codes.ts';
export * from './features.ts';
export { STE } from './ste.ts';
export { CD } from './cd.ts';
export { L1CD, L1STD } from './level-1-descriptors.ts';
