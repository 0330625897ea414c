/** What is offered while a filter is typed: which entry is chosen, and what taking it makes of the text. */
import type { FilterCompletion, FilterCompletions } from '../../protocol/contract.ts';

export interface Edit {
  readonly text: string;
  readonly cursor: number;
}

/** The text with an item in its place, followed by a space where something else must come. */
export function withCompletion(text: string, { from, to }: Pick<FilterCompletions, 'from' | 'to'>, item: FilterCompletion): Edit {
  const after = text.slice(to);
  const isOpen = item.text.endsWith('(') || item.text === '!';
  const isInBrackets = /^\s*[),}]/.test(after);
  const gap = isOpen || isInBrackets || /^\s/.test(after) ? '' : ' ';
  return { text: `${text.slice(0, from)}${item.text}${gap}${after}`, cursor: from + item.text.length + (isOpen || isInBrackets ? 0 : 1) };
}

/** Offers that come unasked: only while a word is begun and is not yet one of them. */
export function offeredUnasked(text: string, cursor: number, { from, items }: FilterCompletions): boolean {
  const typed = text.slice(from, cursor);
  return typed !== '' && !items.some((item) => item.text === typed);
}
