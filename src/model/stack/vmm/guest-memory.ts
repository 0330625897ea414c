/** A VM's memory by IPA, as its VMM and its kernel reach it. Null and false where the VM has no RAM. */
export interface GuestMemory {
  readBytes(ipa: bigint, length: number): Uint8Array | null;
  writeBytes(ipa: bigint, bytes: Uint8Array): boolean;
  read64(ipa: bigint): bigint | null;
  write64(ipa: bigint, value: bigint): boolean;
}

/** `count` little-endian 32-bit words, or null when one of them is not RAM. */
export function readWords(memory: GuestMemory, ipa: bigint, count: number): Int32Array | null {
  const bytes = memory.readBytes(ipa, count * 4);
  if (bytes === null) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: count }, (_, i) => view.getInt32(i * 4, true));
}

export function writeWords(memory: GuestMemory, ipa: bigint, words: Int32Array | Uint32Array): boolean {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setInt32(i * 4, word, true));
  return memory.writeBytes(ipa, bytes);
}
