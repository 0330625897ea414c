/** What is typed into quick open and Go to: a prefix that says what is meant, a number, an address, or part of a name. */
const PREFIXES = ['sid', 'iova', 'ipa', 'pa', 'reg', 'step', 'txn', 'event'] as const;
export type Prefix = (typeof PREFIXES)[number];

export interface OpenText {
  readonly prefix: Prefix | null;
  /** Without the prefix. */
  readonly rest: string;
  /** The rest as a number, where it is one: decimal, or hexadecimal after 0x; digits may be grouped by `_`. */
  readonly value: bigint | null;
}

export function parseOpen(text: string): OpenText {
  const [, word = '', after = ''] = /^\s*([a-z]+)\s*[:#]\s*(.*)$/i.exec(text) ?? [];
  const prefix = PREFIXES.find((known) => known === word.toLowerCase()) ?? null;
  const rest = (prefix === null ? text : after).trim();
  return { prefix, rest, value: numberOf(rest) };
}

function numberOf(text: string): bigint | null {
  const digits = text.replace(/_/g, '').toLowerCase();
  return /^(?:\d+|0x[0-9a-f]{1,16})$/.test(digits) ? BigInt(digits) : null;
}
