/** How addresses are shown. */
export type AddressSpace = 'iova' | 'ipa' | 'pa';

export const ADDRESS_FORMS = ['grouped', 'hex', 'indices'] as const;
export type AddressForm = (typeof ADDRESS_FORMS)[number];

export const FORM_TITLES: Readonly<Record<AddressForm, string>> = { grouped: 'hex, grouped', hex: 'hex', indices: 'level indices' };

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

/** Bits of an index and of an offset, with tables of 4 KiB. */
const INDEX_BITS = 9n;
const OFFSET_BITS = 12n;
const LEVELS = [3n, 2n, 1n, 0n];

/** `0x10000040` -> `[0:0:128:0]+0x40`: an index for each level of 4 KiB tables, what is above them in hex in front. */
export function levelIndices(address: string): string {
  const value = BigInt(address);
  const indices = LEVELS.map((level) => (value >> (OFFSET_BITS + level * INDEX_BITS)) & ((1n << INDEX_BITS) - 1n));
  const above = value >> (OFFSET_BITS + 4n * INDEX_BITS);
  return `[${above === 0n ? '' : `0x${above.toString(16)}:`}${indices.join(':')}]+0x${(value & ((1n << OFFSET_BITS) - 1n)).toString(16)}`;
}

export function addressText(address: string, form: AddressForm): string {
  return form === 'indices' ? levelIndices(address) : form === 'hex' ? address : groupHex(address);
}

/** A PA indexes no table: by indices it is shown as it usually is. */
export const shownForm = (form: AddressForm, space: AddressSpace): AddressForm => (form === 'indices' && space === 'pa' ? 'grouped' : form);

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
