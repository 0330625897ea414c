/** A sentence with its addresses: those that it names by their space, such as `IPA 0xa0000000`. */
import type { PlacedAddress } from './address-desk.ts';

export type TextPart = string | PlacedAddress;

const NAMED = /\b(IOVA|IPA|PA) (0x[0-9a-f_]+)/gi;

export function addressParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(NAMED)) {
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ space: match[1]!.toLowerCase() as PlacedAddress['space'], address: match[2]!.toLowerCase().replace(/_/g, '') });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}
