/** Program headers of /proc/kcore: where in the file physical memory lies. */
export interface KcoreSegment {
  readonly offset: bigint;
  readonly size: bigint;
  /** null: it is no RAM but a range of addresses of the kernel. */
  readonly pa: bigint | null;
}

const [HEADER_COUNT, HEADER_OFFSET, HEADER_BYTES, LOAD] = [56, 32, 56, 1] as const;
const NONE = 0xffff_ffff_ffff_ffffn;

/** From its first bytes. */
export function kcoreSegments(bytes: Buffer): KcoreSegment[] {
  const first = Number(bytes.readBigUInt64LE(HEADER_OFFSET));
  const headers = Array.from({ length: bytes.readUInt16LE(HEADER_COUNT) }, (_, index) => bytes.subarray(first + index * HEADER_BYTES, first + (index + 1) * HEADER_BYTES));
  return headers.filter((header) => header.readUInt32LE(0) === LOAD).map((header) => {
    const pa = header.readBigUInt64LE(24);
    return { offset: header.readBigUInt64LE(8), size: header.readBigUInt64LE(32), pa: pa === NONE ? null : pa };
  });
}
