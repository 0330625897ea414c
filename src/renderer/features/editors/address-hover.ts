/** What an address in a document means to the machine at hand: the structure that lies there, and whose it is. */
import type { AddressPlace } from '../../../protocol/contract.ts';

interface Found {
  /** As the host takes it. */
  readonly address: string;
  /** 1-based columns, the end exclusive. */
  readonly from: number;
  readonly end: number;
}

const HEX = /0[xX][0-9a-fA-F_]+/g;

/** The hexadecimal number under a column of a line; null: none, or one that is no address. */
export function addressAt(line: string, column: number): Found | null {
  for (const match of line.matchAll(HEX)) {
    const [from, end] = [match.index + 1, match.index + match[0].length + 1];
    if (column < from || column >= end) continue;
    const digits = match[0].slice(2).replaceAll('_', '').replace(/^0+(?=.)/, '').toLowerCase();
    return digits === '' || digits.length > 16 ? null : { address: `0x${digits}`, from, end };
  }
  return null;
}

/** A line for each meaning. */
export const placeTexts = (address: string, places: readonly AddressPlace[]): string[] =>
  places.map(({ space, vm, name, owner, offset }) => {
    const as = space === 'pa' ? `PA ${address}` : `IPA ${address} of ${vm}`;
    return `${as}: ${name}${BigInt(offset) === 0n ? '' : ` + ${offset}`}, ${owner}'s`;
  });
