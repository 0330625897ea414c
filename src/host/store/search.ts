/** What a user types -> a query of SQLite's full-text search in which nothing is an operator: every word must be there, the last as a beginning. */
export function ftsQuery(text: string): string | null {
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return null;
  return words.map((word, at) => `"${word.replaceAll('"', '""')}"${at === words.length - 1 ? '*' : ''}`).join(' ');
}
