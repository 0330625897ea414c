/**
 * What was edited in a session, in order, whichever document it was in. An editor that undoes by itself takes back the newest edit of
 * its document, so that both ways of undoing see one history.
 */
import type { Documents } from '../../protocol/contract.ts';

export interface Change {
  readonly document: keyof Documents;
  readonly before: string;
  readonly after: string;
  /** Of a step that was put in by hand: how many steps are done before it. */
  readonly position: number | null;
}

/** Typing goes on for so long after the last key, in milliseconds. */
const PAUSE = 800;

/** Position of the newest change of a document; -1: there is none. */
const newestOf = (changes: readonly Change[], document: Change['document']): number => changes.map((change) => change.document).lastIndexOf(document);

export class EditHistory {
  readonly #done: Change[] = [];
  readonly #undone: Change[] = [];
  #lastAt = -Infinity;

  get last(): Change | null {
    return this.#done.at(-1) ?? null;
  }

  get undone(): Change | null {
    return this.#undone.at(-1) ?? null;
  }

  /** Keys that follow each other are one edit. */
  record(change: Change, now: number): void {
    const { last } = this;
    const goesOn = last !== null && last.document === change.document && last.position === null && change.position === null && last.after === change.before && now - this.#lastAt < PAUSE;
    if (goesOn) this.#done.pop();
    this.#done.push(goesOn ? { ...change, before: last.before } : change);
    this.#undone.length = 0;
    this.#lastAt = now;
  }

  /** The change that is to be taken back now. */
  undo(): Change | null {
    return this.#move(this.#done, this.#undone);
  }

  redo(): Change | null {
    return this.#move(this.#undone, this.#done);
  }

  #move(from: Change[], to: Change[]): Change | null {
    this.#lastAt = -Infinity;
    const change = from.pop();
    if (change !== undefined) to.push(change);
    return change ?? null;
  }

  /** An editor has undone or redone in its document, which is now `text`: perhaps a part of a change only. */
  within(kind: 'undo' | 'redo', document: Change['document'], before: string, text: string): void {
    this.#lastAt = -Infinity;
    const [from, to] = kind === 'undo' ? [this.#done, this.#undone] : [this.#undone, this.#done];
    const at = newestOf(from, document);
    const change = from[at];
    if (change !== undefined && text === (kind === 'undo' ? change.before : change.after)) {
      from.splice(at, 1);
      to.push(change);
      return;
    }
    const own = newestOf(this.#done, document);
    const newest = this.#done[own];
    if (newest !== undefined && newest.after === before) this.#done[own] = { ...newest, after: text };
    else this.#done.push({ document, before, after: text, position: null });
  }

  clear(): void {
    this.#done.length = 0;
    this.#undone.length = 0;
  }
}
