import { InvalidArgumentError } from 'commander';

/** Values of options: a wrong one is refused by commander with the option's name. */

function unsigned(text: string, limit: bigint, what: string): bigint {
  if (!/^(?:0x[0-9a-fA-F]+|[0-9]+)$/.test(text)) throw new InvalidArgumentError(`Expected ${what}, decimal or 0x hexadecimal.`);
  const value = BigInt(text);
  if (value >= limit) throw new InvalidArgumentError(`Expected ${what} below 0x${limit.toString(16)}.`);
  return value;
}

/** IHI 0070 3.3: a StreamID has at most 32 bits. */
export const streamId = (text: string): number => Number(unsigned(text, 1n << 32n, 'a StreamID'));

/** A SubstreamID has at most 20 bits. */
export const substreamId = (text: string): number => Number(unsigned(text, 1n << 20n, 'a SubstreamID'));

export const address = (text: string): bigint => unsigned(text, 1n << 64n, 'an address of 64 bits');

/** How many of something. */
export const wholeNumber = (what: string, most: number) => (text: string): number => Number(unsigned(text, BigInt(most) + 1n, what));
