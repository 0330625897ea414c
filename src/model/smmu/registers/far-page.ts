/** Registers beyond pages 0 and 1 (IHI 0070 6.1): the VATOS page, the control pages of enhanced command queues. */
export interface FarPage {
  /** Byte offset from the base of the SMMU, and length. */
  readonly base: number;
  readonly bytes: number;
  /** The 32-bit word at an aligned offset within the page, unsigned; 0 where there is none. */
  read(offset: number): number;
  /** Writes it, as a signed word. */
  write(offset: number, value: number): void;
  /** Values after reset. */
  reset?(): void;
  /** Whether a command queue of the page is enabled. */
  readonly queuesOn?: boolean;
}

/** Bytes of a page of registers. */
export const PAGE_BYTES = 0x10000;
