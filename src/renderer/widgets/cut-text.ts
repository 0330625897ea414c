/** What is said of a trace whose recording ended with a crash. */
export const cutText = (records: number): string => `partial: cut at record ${records.toLocaleString()} by a crash`;
