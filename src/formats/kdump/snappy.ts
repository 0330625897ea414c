/** Snappy blocks, as makedumpfile -p and QEMU's kdump-snappy write their pages (google/snappy, format_description.txt). */

/** Bytes that follow the tag of an element, by its two low bits: a literal's are its own. */
const COPY_BYTES = [0, 1, 2, 4] as const;

/** null: damaged, or not `length` bytes. */
export function decompressSnappy(input: Uint8Array, length: number): Uint8Array | null {
  const out = new Uint8Array(length);
  let at = preamble(input, length);
  let filled = 0;
  while (at !== null && at < input.length) {
    const tag = input[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >>> 2) - 59);
      const count = (extra === 0 ? tag >>> 2 : little(input, at, extra)) + 1;
      at += extra;
      if (at + count > input.length || filled + count > length) return null;
      out.set(input.subarray(at, at + count), filled);
      at += count;
      filled += count;
      continue;
    }
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = little(input, at, COPY_BYTES[kind]!) + (kind === 1 ? (tag >>> 5) << 8 : 0);
    at += COPY_BYTES[kind]!;
    if (distance === 0 || distance > filled || filled + count > length) return null;
    // Byte by byte: source and destination may overlap.
    for (let i = 0; i < count; i++, filled++) out[filled] = out[filled - distance]!;
  }
  return at !== null && filled === length ? out : null;
}

/** Where the elements begin; null: they are not to make `length` bytes. */
function preamble(input: Uint8Array, length: number): number | null {
  let value = 0;
  for (let at = 0; at < 5 && at < input.length; at++) {
    value += (input[at]! & 0x7f) * 2 ** (7 * at);
    if (input[at]! < 0x80) return value === length ? at + 1 : null;
  }
  return null;
}

function little(input: Uint8Array, at: number, bytes: number): number {
  let value = 0;
  for (let i = 0; i < bytes; i++) value += (input[at + i] ?? 0) * 2 ** (8 * i);
  return value;
}
