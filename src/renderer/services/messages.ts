/** What went wrong, shown near where it arose, until it is dismissed or the same place succeeds. */
import { defineStore } from 'pinia';
import { reactive } from 'vue';
import { RpcError } from '../../protocol/contract.ts';

/** Where a message is shown. */
export type MessagePlace =
  | 'app'
  | 'run'
  | 'editors'
  | 'transactions'
  | 'walk'
  | 'records'
  | 'path'
  | 'queues'
  | 'caches'
  | 'structures'
  | 'events'
  | 'stalls'
  | 'sessions'
  | 'captures'
  | 'decode'
  | 'breakpoints'
  | 'bookmarks'
  | 'registers'
  | 'memory'
  | 'statistics'
  | 'compare'
  | 'exchange'
  | 'recording'
  | 'sql';

/** Failures that somebody chose or already sees: not worth a message. */
const QUIET = new Set(['cancelled', 'closed']);
const isQuiet = (error: unknown): boolean => error instanceof RpcError && QUIET.has(error.code);

export const useMessages = defineStore('messages', () => {
  const byPlace = reactive(new Map<MessagePlace, string>());

  const show = (place: MessagePlace, text: string): void => void byPlace.set(place, text);
  const clear = (place: MessagePlace): void => void byPlace.delete(place);

  /** Runs `work`; a failure becomes the message of its place, success clears it. Undefined when it failed. */
  async function attempt<T>(place: MessagePlace, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      clear(place);
      return result;
    } catch (error) {
      if (!isQuiet(error)) show(place, textOf(error));
      return undefined;
    }
  }

  /** For work that a panel does by itself, beside what its user asks for: success takes back only what this said, no answer to the user. */
  function aside(place: MessagePlace): <T>(work: () => Promise<T>) => Promise<T | undefined> {
    let said: string | undefined;
    return async (work) => {
      try {
        const result = await work();
        if (said !== undefined && byPlace.get(place) === said) clear(place);
        said = undefined;
        return result;
      } catch (error) {
        if (!isQuiet(error)) show(place, (said = textOf(error)));
        return undefined;
      }
    };
  }

  return { byPlace, show, clear, attempt, aside };
});

/** A failure in a sentence, with its place in the input where it has one. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof RpcError) || error.at === undefined) return error.message;
  const { file, line, column, offset, path } = error.at;
  const where = [file, line === undefined ? undefined : `line ${line}${column === undefined ? '' : `, column ${column}`}`, offset === undefined ? undefined : `byte ${offset}`, path]
    .filter((part) => part !== undefined)
    .join(', ');
  return where === '' || error.message.includes(where) ? error.message : `${where}: ${error.message}`;
}
