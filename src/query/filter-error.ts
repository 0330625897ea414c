import type { LabError } from '../model/base/result.ts';
import type { Span } from './syntax.ts';

export type FilterErrorCode = 'filter-syntax' | 'filter-field' | 'filter-type' | 'filter-value';

/** What is wrong with a filter, and where in its text. Thrown inside this folder only: its functions return a Result. */
export class FilterError extends Error {
  readonly code: FilterErrorCode;
  readonly span: Span;

  constructor(code: FilterErrorCode, span: Span, message: string) {
    super(message);
    this.name = 'FilterError';
    this.code = code;
    this.span = span;
  }

  /** Columns count from 1, the end is exclusive; a filter is one line. */
  toLabError(): LabError {
    const { from, to } = this.span;
    return { code: this.code, message: this.message, at: { line: 1, column: from + 1, endLine: 1, endColumn: Math.max(to, from + 1) + 1 } };
  }
}
