/** Headings of a document in Markdown, and the ids that links to them use. */
import { lexer, type Token, type Tokens } from 'marked';

export interface Heading {
  readonly depth: number;
  readonly text: string;
  readonly id: string;
}

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const unescaped = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

/** What is left of inline marks. */
export const plainText = (tokens: readonly Token[] | undefined): string =>
  (tokens ?? []).map((token) => ('tokens' in token && token.tokens !== undefined ? plainText(token.tokens) : unescaped('text' in token ? String(token.text) : token.raw))).join('');

/** As GitHub makes them: lower case, without punctuation, dashes for spaces. */
export const headingId = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replace(/ /g, '-');

export function headingsOf(tokens: readonly Token[]): readonly Heading[] {
  return tokens.filter((token): token is Tokens.Heading => token.type === 'heading').map(({ depth, tokens: inside }) => ({ depth, text: plainText(inside), id: headingId(plainText(inside)) }));
}

export const headingsIn = (text: string): readonly Heading[] => headingsOf(lexer(text));
