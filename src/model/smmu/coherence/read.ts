export const STRUCTURE = { L1STD: 0, STE: 1, L1CD: 2, CD: 3, STAGE1: 4, STAGE2: 5 } as const;
export const STRUCTURE_NAMES = ['L1STD', 'STE', 'L1CD', 'CD', 'stage 1 descriptor', 'stage 2 descriptor'] as const;

/** Something that was read from memory, as it was then. */
export interface Read {
  readonly structure: number;
  /** Table level of a descriptor. */
  readonly level: number;
  /** For whose sake stage 2 was walked. */
  readonly purpose: number;
  /** PA. */
  readonly address: number;
  /** Of a stage 2 descriptor: the IPA that was translated. */
  readonly ipaLo: number;
  readonly ipaHi: number;
  /** 2 words, or the 16 of an STE or CD. */
  readonly words: Int32Array;
  /** Number of the last change of any watched word before it. */
  readonly since: number;
}
