import { hex } from '../../model/base/address.ts';
import type { LabError } from '../../model/base/result.ts';
import { joinRanges } from '../capture/ranges.ts';
import type { Range } from '../capture/ranges.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { PAGE } from '../memory-image/memory-image.ts';
import { wholePage } from '../memory-image/raw-image.ts';

/** Memory that lies in the file from `offset` on; the part beyond `stored` is zero. */
export interface FileSegment extends Range {
  readonly offset: number;
  /** Bytes in the file. */
  readonly stored: number;
}

const roundUp = (bytes: bigint): bigint => ((bytes + BigInt(PAGE) - 1n) / BigInt(PAGE)) * BigInt(PAGE);

/** Segments of a file by physical address. */
export class SegmentMap {
  readonly ranges: readonly Range[];
  readonly #source: ByteSource;
  /** By their addresses, none overlapping the next. */
  readonly #segments: readonly FileSegment[];

  /**
   * Where two segments claim the same memory (a kernel's text has one of its own beside that of its RAM) the first holds it. What
   * ends after the file is cut, and `problems` says so.
   */
  constructor(source: ByteSource, segments: readonly FileSegment[], problems: LabError[]) {
    this.#source = source;
    const kept: FileSegment[] = [];
    for (const segment of [...segments].sort((a, b) => (a.base < b.base ? -1 : 1))) {
      const end = segment.base + roundUp(segment.size);
      const taken = kept.length === 0 ? 0n : kept.at(-1)!.base + kept.at(-1)!.size;
      if (end <= taken) continue;
      const cut = taken > segment.base ? Number(taken - segment.base) : 0;
      if (segment.offset + segment.stored > source.size) {
        problems.push({ code: 'truncated-file', message: `the segment at ${hex(segment.base)} ends at byte ${segment.offset + segment.stored}, the file at ${source.size}: what is missing is not in the dump`, at: { file: source.name, offset: source.size } });
      }
      kept.push({ base: segment.base + BigInt(cut), size: end - segment.base - BigInt(cut), offset: segment.offset + cut, stored: Math.max(0, segment.stored - cut) });
    }
    this.#segments = kept;
    this.ranges = joinRanges(kept);
  }

  page(pa: bigint): Uint8Array | null {
    const segment = this.#find(pa);
    if (segment === null) return null;
    const from = Number(pa - segment.base);
    const wanted = Math.max(0, Math.min(PAGE, segment.stored - from));
    if (wanted === 0) return new Uint8Array(PAGE);
    const bytes = this.#source.read(segment.offset + from, wanted);
    return bytes.length < wanted ? null : wholePage(bytes);
  }

  #find(pa: bigint): FileSegment | null {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#segments[middle]!.base <= pa) low = middle + 1;
      else high = middle;
    }
    const found = this.#segments[low - 1];
    return found !== undefined && pa < found.base + found.size ? found : null;
  }
}
