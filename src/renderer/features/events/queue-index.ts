/** EVENTQ_PROD and EVENTQ_CONS as software reads them (IHI 0070 6.3.30, 6.3.31): the index, then the wrap bit above it. */
export interface QueueIndex {
  readonly index: number;
  readonly wrap: 0 | 1;
}

export const indexOf = (register: number, log2size: number): QueueIndex => ({
  index: (register >>> 0) % 2 ** log2size,
  wrap: Math.floor((register >>> 0) / 2 ** log2size) % 2 === 1 ? 1 : 0,
});
