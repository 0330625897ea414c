/** Why a record is there, and what would make it not be there. */
export interface Explanation {
  /** Section of IHI 0070 that decides; empty where the matter is not the architecture's. */
  readonly section: string;
  readonly cause: string;
  /** Empty where nothing is to be done. */
  readonly remedy: string;
}
