import type { LabError } from '../../model/base/result.ts';
import type { NamedStream } from '../import/named-stream.ts';
import type { DecodedRecord } from './decoded.ts';

/** What a text or a file holds. */
export interface DecodedText {
  readonly records: readonly DecodedRecord[];
  /** What could not be decoded, with lines; the records are all the rest. */
  readonly problems: readonly LabError[];
  /** Names of StreamIDs, where it is of firmware. */
  readonly streams?: readonly NamedStream[];
  /** What it was taken for: `a kernel log`. */
  readonly sources?: readonly string[];
}
