/** Answers to an editor. They are given beside the engine, which may be busy for long, by whoever answers the connection. */
import { complete, fixes, format, hover, names, outline } from '../formats/lab/language/index.ts';
import type { LANGUAGE_METHODS } from '../protocol/language.ts';
import type { Handlers } from '../protocol/rpc.ts';

export const LANGUAGE: Pick<Handlers, keyof typeof LANGUAGE_METHODS> = {
  'language.complete': ({ documents, document, line, column }) => {
    const { range, items } = complete(documents, document, line, column);
    return { range, items: [...items] };
  },
  'language.hover': ({ documents, document, line, column }) => hover(documents, document, line, column),
  'language.fixes': ({ documents, document, range }) => fixes(documents, document, range).map((fix) => ({ ...fix, edits: [...fix.edits] })),
  'language.format': ({ text }) => ({ text: format(text) }),
  'language.outline': ({ document, text }) => [...outline(document, text)],
  'language.names': ({ documents, document, line, column }) => {
    const found = names(documents, document, line, column);
    return found === null ? null : { ...found, places: [...found.places] };
  },
};
