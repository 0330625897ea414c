/** Times as a reader wants them, and the size of a record. */
export const when = (iso: string): string => new Date(iso).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });

/** Bytes of one trace record. */
export const RECORD_BYTES = 64;
