/** How well a text answers what was typed: the letters in order, the better the more of them start a word or follow one another. */

/** null: not all letters are there. Case and spaces of `query` do not count. */
export function fuzzyScore(query: string, text: string): number | null {
  const wanted = query.toLowerCase().replace(/\s+/g, '');
  const lower = text.toLowerCase();
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = bestPlace(lower, letter, at);
    if (next < 0) return null;
    score += next === at + 1 ? 4 : startsWord(lower, next) ? 3 : 0;
    at = next;
  }
  return score - text.length / 1000;
}

/** The letter right behind the last one, else at the next start of a word, else anywhere. */
function bestPlace(text: string, letter: string, after: number): number {
  if (text[after + 1] === letter) return after + 1;
  for (let at = text.indexOf(letter, after + 1); at >= 0; at = text.indexOf(letter, at + 1)) if (startsWord(text, at)) return at;
  return text.indexOf(letter, after + 1);
}

const startsWord = (text: string, at: number): boolean => at === 0 || !/[a-z0-9]/.test(text[at - 1] ?? '');

/** What matches, best first; everything in its order when nothing is typed. */
export function fuzzyRank<T>(query: string, items: readonly T[], textOf: (item: T) => string): T[] {
  if (query.trim() === '') return [...items];
  const scored: { readonly item: T; readonly score: number }[] = [];
  for (const item of items) {
    const score = fuzzyScore(query, textOf(item));
    if (score !== null) scored.push({ item, score });
  }
  return scored.sort((a, b) => b.score - a.score).map(({ item }) => item);
}
