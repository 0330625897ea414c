/** What a zip archive is made of (APPNOTE 6.3), as bundles use it: sizes and offsets of 64 bits where 32 are too few, and nothing else unusual. */

export const END = { signature: 0x0605_4b50, bytes: 22 } as const;
/** In front of END in an archive of more than 4 GiB: where END_64 lies. */
export const LOCATOR_64 = { signature: 0x0706_4b50, bytes: 20 } as const;
export const END_64 = { signature: 0x0606_4b50, bytes: 56 } as const;
export const CENTRAL = { signature: 0x0201_4b50, bytes: 46 } as const;
export const LOCAL = { signature: 0x0403_4b50, bytes: 30 } as const;
export const DESCRIPTOR = { signature: 0x0807_4b50, bytes: 16 } as const;
/** Both sizes of a descriptor have 64 bits behind a local header that has EXTRA_64. */
export const DESCRIPTOR_64_BYTES = 24;
/** A field of a header that holds what does not fit 32 bits, which then say SEE_64. */
export const EXTRA_64 = 1;
export const SEE_64 = 0xffff_ffff;
/** The sizes follow the data. */
export const FLAG_DESCRIPTOR = 8;
/** How hard a part was deflated: as fast as can be. */
export const FLAG_FASTEST = 6;
export const STORED = 0;
export const DEFLATED = 8;
export const VERSION = 20;
/** What reads EXTRA_64. */
export const VERSION_64 = 45;
/** A part of so many bytes has sizes of 64 bits: deflated it may be larger than before. */
export const LARGE = 0xf000_0000;
/** All parts together: a trace of as many records as sequence numbers tell apart, 64 bytes each, and 4 GiB beside it. */
export const MAX_BYTES = 0x1_0000_0000 * 65;

/** Numbers above 2^53 are none that an archive of ours has: they only must not become smaller ones. */
export const get64 = (view: DataView, at: number): number => view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;

export function set64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
