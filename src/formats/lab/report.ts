/** Collects problems by document path and gives each its place in the text. */
import type { z } from 'zod';
import type { PartName, Path, Problem } from './problem.ts';
import type { Source } from './source.ts';

export interface Where {
  readonly document: PartName;
  readonly path: Path;
  /** The key at the path is meant rather than its value. */
  readonly key?: boolean;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined), value);
}

/** The path of a value where the document has a single item in place of a list of it. */
const asWritten = (value: unknown, path: Path): Path =>
  path.filter((step, i) => step !== 0 || Array.isArray(valueAt(value, path.slice(0, i))));

export class Report {
  readonly problems: Problem[];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
    this.problems = [...source.problems];
  }

  get failed(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  /** `suggestion`: what would be right in place of what is marked. */
  error(where: Where, code: string, message: string, suggestion?: string): void {
    this.#add(where, 'error', code, message, suggestion);
  }

  warning(where: Where, code: string, message: string): void {
    this.#add(where, 'warning', code, message);
  }

  /** The issues of a schema; keys of one map that are unknown become one problem each. */
  issues(document: PartName, issues: readonly z.core.$ZodIssue[]): void {
    for (const issue of issues) this.#issue(document, issue);
  }

  #issue(document: PartName, issue: z.core.$ZodIssue): void {
    const path = asWritten(this.#source.parts[document].value, issue.path as Path);
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      issue.keys.forEach((key, i) => this.error({ document, path: [...path, key], key: true }, 'unknown-key', messages[i] ?? issue.message));
      return;
    }
    const value = valueAt(this.#source.parts[document].value, path);
    const last = path.at(-1);
    const absent = value === undefined || (value === null && last === undefined);
    if (absent && last !== undefined) {
      this.error({ document, path: path.slice(0, -1) }, 'missing-key', `${last} is missing`);
      return;
    }
    const key = issue.code === 'custom' && issue.params?.['key'] === true;
    const code = issue.code === 'custom' ? issue.params?.['code'] : undefined;
    this.error({ document, path, key }, typeof code === 'string' ? code : key ? 'unknown-field' : 'bad-value', absent ? `the ${document} document is empty` : issue.message);
  }

  #add(where: Where, severity: Problem['severity'], code: string, message: string, suggestion?: string): void {
    const part = this.#source.parts[where.document];
    const range = part.locate(asWritten(part.value, where.path), where.key === true ? 'key' : 'value');
    this.problems.push({ document: where.document, severity, code, message, ...range, ...(suggestion === undefined ? {} : { suggestion }) });
  }
}
