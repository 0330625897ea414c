/** What a command may touch of the outside, so that a test can run it in process. */
export interface Io {
  /** Standard output: results only. */
  out(text: string): void;
  /** Standard error: everything else. */
  err(text: string): void;
  /** All of standard input. */
  stdin(): Promise<string>;
  /** Standard input line by line, as it comes; where this is missing, the lines of `stdin`. */
  readonly lines?: (editing: Editing) => AsyncIterable<string>;
}

/** What a person at a terminal gets; a pipe is just read. */
export interface Editing {
  readonly prompt: string;
  /** What the end of the line could become, and that end. */
  complete(line: string): readonly [readonly string[], string];
}

/** Exit status of every command. */
export const EXIT = {
  OK: 0,
  /** An expectation, a comparison or a judgement was not met. */
  UNMET: 1,
  /** Bad usage or bad input. */
  REFUSED: 2,
  /** A defect of this program. */
  BUG: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One JSON document or JSON line. bigint is written as a hex string. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `0x${one.toString(16)}` : one))}\n`;
}
