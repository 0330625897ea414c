/** A filter's text -> its tree, its condition and what there is to say about it. */
import { fail, ok } from '../model/base/result.ts';
import type { Result } from '../model/base/result.ts';
import { Checker } from './check.ts';
import type { Checked } from './check.ts';
import { FilterError } from './filter-error.ts';
import { Parser } from './parser.ts';
import type { Registry } from './registry.ts';
import type { Expression } from './syntax.ts';

export interface Filter extends Checked {
  readonly expression: Expression;
}

function attempt<T>(work: () => T): Result<T> {
  try {
    return ok(work());
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { code, message, at } = error.toLabError();
    return fail(code, message, at);
  }
}

/** The text as a tree, names unchecked. Errors: `filter-syntax`, with the column. */
export const parseFilter = (text: string): Result<Expression> => attempt(() => new Parser(text).parse());

/** Errors: `filter-syntax`, `filter-field`, `filter-type`, `filter-value`, each with the column (from 1) of what is wrong. */
export const compileFilter = (text: string, registry: Registry): Result<Filter> =>
  attempt(() => {
    const expression = new Parser(text).parse();
    return { expression, ...new Checker(registry).check(expression) };
  });
