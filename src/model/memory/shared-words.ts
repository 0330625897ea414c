/**
 * Words for the hot path. They lie in shared memory although one thread uses them: a shared buffer cannot be detached, so
 * V8 reads it without asking each time whether it still is there.
 */
export const sharedWords = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(count * 4));
