import type { TraceRecord } from '../../model/trace/record.ts';

/** As filters call it: instruction fetches are reads (RnW and InD). */
export const accessOf = ({ rnw, ind }: TraceRecord): 'read' | 'write' | 'execute' => (ind ? 'execute' : rnw ? 'read' : 'write');
