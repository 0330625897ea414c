/** `1 fault`, `2 faults`, `1,024 records`, `3 entries`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString()} ${count === 1 ? one : many}`;
