/** How addresses are shown. */
export type AddressSpace = 'iova' | 'ipa' | 'pa';

export const SPACE_LABELS: Readonly<Record<AddressSpace, { readonly short: string; readonly long: string }>> = {
  iova: { short: 'IOVA', long: 'I/O virtual address, as the device issues it' },
  ipa: { short: 'IPA', long: 'intermediate physical address, the output of stage 1' },
  pa: { short: 'PA', long: 'physical address, the output of stage 2' },
};

/** `0x1000000123` -> `0x10_0000_0123`: groups of four digits from the right. */
export function groupHex(address: string): string {
  const digits = address.replace(/^0x/, '');
  const groups: string[] = [];
  for (let end = digits.length; end > 0; end -= 4) groups.unshift(digits.slice(Math.max(0, end - 4), end));
  return `0x${groups.join('_')}`;
}

/** A StreamID or SubstreamID in hex, as kernel logs print them. */
export const hexId = (value: number): string => `0x${value.toString(16)}`;

/** `0x200000` -> `2M`. */
export function sizeText(bytes: string): string {
  const value = Number(bytes);
  for (const [unit, scale] of [['T', 2 ** 40], ['G', 2 ** 30], ['M', 2 ** 20], ['K', 2 ** 10]] as const) {
    if (value >= scale && value % scale === 0) return `${value / scale}${unit}`;
  }
  return `${value}`;
}

/** An address that somebody typed: hex digits, with or without 0x and separators; null where it is none. */
export function typedAddress(text: string): string | null {
  const digits = text.trim().replace(/_/g, '').replace(/^0x/i, '');
  return /^[0-9a-fA-F]{1,16}$/.test(digits) ? `0x${digits.toLowerCase()}` : null;
}
