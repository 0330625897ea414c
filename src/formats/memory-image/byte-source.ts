/** A file that is read in windows: a dump may be larger than memory. */
export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes from `offset` on, fewer where the file ends before. They are the caller's to read, not to write or keep. */
  read(offset: number, length: number): Uint8Array;
}

export const sourceOfBytes = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  read: (offset, length) => bytes.subarray(Math.min(offset, bytes.length), Math.min(offset + length, bytes.length)),
});

/** Little-endian view of what is at `offset`; null: the file ends before. */
export function viewAt(source: ByteSource, offset: number, length: number): DataView | null {
  const bytes = source.read(offset, length);
  return bytes.length < length ? null : new DataView(bytes.buffer, bytes.byteOffset, length);
}
