/**
 * Registers of a device as the system bus sees them. Offsets and sizes are in bytes from the start of the block;
 * values are little-endian and zero-extended.
 */
export interface Mmio {
  /** Bytes, a multiple of 4096. */
  readonly size: number;
  /** The narrowest access the device takes; narrower ones read 0 and write nothing. */
  readonly narrowest: 1 | 4;
  /** The widest access the device takes; wider ones reach it as several. */
  readonly widest: 4 | 8;
  /** `width` is 1, 2, 4 or 8, between the two limits; `offset` is a multiple of it. May have side effects. */
  read(offset: number, width: number): bigint;
  write(offset: number, width: number, value: bigint): void;
}

/** Where an access to an address goes. */
export interface MmioTarget {
  readonly mmio: Mmio;
  /** Bytes from the start of `mmio`. */
  readonly offset: number;
}

/** Reads `length` bytes from `offset` on, as naturally aligned accesses as wide as the device takes. */
export function readMmio({ mmio, offset }: MmioTarget, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, width = 0; at < length; at += width) {
    width = widthAt(mmio, offset + at, length - at);
    if (width >= mmio.narrowest) storeLittleEndian(bytes, at, width, mmio.read(offset + at, width));
  }
  return bytes;
}

/** Writes `bytes` from `offset` on, split as `readMmio` splits. */
export function writeMmio({ mmio, offset }: MmioTarget, bytes: Uint8Array): void {
  for (let at = 0, width = 0; at < bytes.length; at += width) {
    width = widthAt(mmio, offset + at, bytes.length - at);
    if (width >= mmio.narrowest) mmio.write(offset + at, width, loadLittleEndian(bytes, at, width));
  }
}

function widthAt(mmio: Mmio, offset: number, left: number): number {
  let width: number = mmio.widest;
  while (width > left || offset % width !== 0) width /= 2;
  return width;
}

function loadLittleEndian(bytes: Uint8Array, at: number, width: number): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

function storeLittleEndian(bytes: Uint8Array, at: number, width: number, value: bigint): void {
  for (let i = 0; i < width; i++) bytes[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}
