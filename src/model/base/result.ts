/** Expected tool failures are data: what, where, what was expected. Guest-visible faults are not failures. */
export interface Place {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** Byte offset in a binary input. */
  readonly offset?: number;
  /** Path of a value inside a document, such as `host.vms[0].vmid`. */
  readonly path?: string;
}

export interface LabError {
  /** Stable, kebab-case: only codes are compared. */
  readonly code: string;
  /** One sentence: what is wrong and what was expected. */
  readonly message: string;
  readonly at?: Place;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: LabError };

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

export const fail = (code: string, message: string, at?: Place): { readonly ok: false; readonly error: LabError } => ({
  ok: false,
  error: at === undefined ? { code, message } : { code, message, at },
});
