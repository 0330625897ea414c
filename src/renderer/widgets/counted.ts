/** `1 fault`, `2 faults`, `1,024 records`. */
export const counted = (count: number, one: string): string => `${count.toLocaleString()} ${one}${count === 1 ? '' : 's'}`;
