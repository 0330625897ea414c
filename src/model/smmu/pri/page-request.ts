import { hiWord, loWord } from '../../base/address.ts';

/** A page request as a device sends it (IHI 0070 8; PCIe PRI). Without `ssid` it has no PASID, and X and Priv are 0. */
export interface PageRequest {
  readonly sid: number;
  readonly ssid?: number;
  readonly iova: bigint;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute?: boolean;
  readonly privileged?: boolean;
  /** PRGIndex, 0 to 511. */
  readonly group: number;
  /** Last request of its group. With a PASID and neither read nor write it is a stop marker. */
  readonly last: boolean;
}

/** A stop marker ends a PASID's use; it is queued like a request and never answered. */
export const isStopMarker = ({ ssid, read, write, last }: PageRequest): boolean => ssid !== undefined && last && !read && !write;

/** D0 [63:58]. */
const BIT = { PRIV: 1 << 26, X: 1 << 27, R: 1 << 28, W: 1 << 29, LAST: 1 << 30, SSV: 1 << 31 } as const;

/** Writes the PRI queue entry of the request into `words`. */
export function encodeEntry(
  { sid, ssid, iova, read, write, execute = false, privileged = false, group, last }: PageRequest,
  words: Int32Array,
): void {
  const withPasid = ssid !== undefined;
  words[0] = sid | 0;
  words[1] =
    (withPasid ? ssid | BIT.SSV : 0) |
    (withPasid && privileged ? BIT.PRIV : 0) |
    (withPasid && execute ? BIT.X : 0) |
    (read ? BIT.R : 0) |
    (write ? BIT.W : 0) |
    (last ? BIT.LAST : 0);
  words[2] = (loWord(iova) & ~0xfff) | (group & 0x1ff);
  words[3] = hiWord(iova);
}
