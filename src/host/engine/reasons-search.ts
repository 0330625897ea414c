/** Why two ways to run labs may part, looked for a slice of time after the other. */
import { parseLab } from '../../formats/lab/index.ts';
import { NO_REASONS, reasonsBetween, withProfile, withUapi } from '../../model/lab/index.ts';
import type { ComparisonProgress, LabData } from '../../model/lab/index.ts';
import type { CompareOptions } from '../../model/trace/compare/compare.ts';
import type { ReasonsState, WayToRun } from './api.ts';

export class ReasonsSearch {
  #search: ReturnType<typeof reasonsBetween> | null = null;
  #progress: ComparisonProgress = { done: 0, atMost: 0 };

  begin(a: WayToRun, b: WayToRun, options: CompareOptions): void {
    const [left, right] = [labOf(a), labOf(b)];
    this.#search = left === null || right === null ? null : reasonsBetween(left, right, options);
  }

  /** At least one step of a run, and more until `isOver` says so. */
  advance(isOver: () => boolean): ReasonsState {
    if (this.#search === null) return { ...this.#progress, result: NO_REASONS };
    do {
      const next = this.#search.next();
      if (next.done === true) return { ...this.#progress, result: next.value };
      this.#progress = next.value;
    } while (!isOver());
    return { ...this.#progress, result: null };
  }
}

/** Null: the documents have errors. */
export function labOf({ documents, uapi, profile }: WayToRun): LabData | null {
  const parsed = parseLab(documents);
  if (!parsed.ok) return null;
  const on = uapi === null || parsed.value.stack === undefined ? parsed.value : withUapi(parsed.value, uapi);
  return profile === undefined ? on : withProfile(on, profile);
}
