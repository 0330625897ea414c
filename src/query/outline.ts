/** A trace without what is inside its transactions: what happened between them, each by its ends, and no polling of registers by software. */
import { KIND } from '../model/trace/record.ts';
import type { KindName } from '../model/trace/record.ts';

const INSIDE: ReadonlySet<KindName> = new Set(['READ', 'READ_STRUCT', 'LOOKUP', 'FILL', 'WALK', 'FAULT', 'UPDATE', 'REG_READ', 'ATS', 'HOP_DATA']);

/** As a filter of trace records. */
export const OUTLINE_FILTER = `kind in {${(Object.keys(KIND) as KindName[]).filter((kind) => !INSIDE.has(kind)).join(', ')}}`;
