/** kdump-compressed dumps: makedumpfile -c, -l, -p and -z, QEMU's dump-guest-memory -z, -l and -s; also in flattened form (diskdump_mod.h of makedumpfile). */
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { viewAt } from '../memory-image/byte-source.ts';
import { PAGE } from '../memory-image/memory-image.ts';
import type { OpenImage } from '../memory-image/memory-image.ts';
import { vmcoreinfoNotes } from '../elf-core/notes.ts';
import { FrameBitmap } from './bitmap.ts';
import { decompressPage } from './decompress.ts';
import { rearrange } from './flattened.ts';
import { readHeader } from './header.ts';
import type { KdumpHeader } from './header.ts';

const DESCRIPTOR_BYTES = 24;
/** Dump level bit 0: pages of zeros were left out. */
const ZEROS_EXCLUDED = 1;
/** More of one kind say nothing new. */
const MAX_PROBLEMS = 16;
const MAX_VMCOREINFO = 1 << 20;

class KdumpPages {
  readonly problems: LabError[];
  readonly #source: ByteSource;
  readonly #header: KdumpHeader;
  readonly present: FrameBitmap;
  readonly #dumped: FrameBitmap;
  readonly #before: number;
  /** The last frame that was unpacked: larger than a page of 4 KiB it is asked for several times. */
  #kept: { readonly frame: number; readonly bytes: Uint8Array } | null = null;

  constructor(source: ByteSource, header: KdumpHeader, problems: LabError[]) {
    this.#source = source;
    this.#header = header;
    this.problems = problems;
    const { bitmap, bitmapBytes, frames, startFrame } = header;
    this.present = new FrameBitmap(source, bitmap, frames);
    this.#dumped = new FrameBitmap(source, bitmap + bitmapBytes / 2, frames);
    this.#before = this.#dumped.rank(startFrame);
  }

  page(pa: bigint): Uint8Array | null {
    const { blockSize } = this.#header;
    const frame = Number(pa / BigInt(blockSize));
    const block = this.#block(frame);
    if (block === null) return null;
    const from = Number(pa % BigInt(blockSize));
    return block.subarray(from, from + PAGE);
  }

  #block(frame: number): Uint8Array | null {
    if (this.#kept?.frame === frame) return this.#kept.bytes;
    const { startFrame, endFrame, blockSize, level } = this.#header;
    if (!this.#dumped.has(frame) || frame < startFrame || frame >= endFrame) {
      const zeros = this.present.has(frame) && (level & ZEROS_EXCLUDED) !== 0;
      return zeros ? new Uint8Array(blockSize) : null;
    }
    const bytes = this.#read(frame);
    if (bytes !== null) this.#kept = { frame, bytes };
    return bytes;
  }

  #read(frame: number): Uint8Array | null {
    const { descriptors, blockSize } = this.#header;
    const at = descriptors + (this.#dumped.rank(frame) - this.#before) * DESCRIPTOR_BYTES;
    const view = viewAt(this.#source, at, DESCRIPTOR_BYTES);
    if (view === null) return this.#problem('truncated-file', `the descriptor of page frame ${frame} lies outside the file, which has ${this.#source.size} bytes`, at);
    const [offset, size, flags] = [Number(view.getBigUint64(0, true)), view.getUint32(8, true), view.getUint32(12, true)];
    if (size > 2 * blockSize) return this.#problem('bad-kdump', `page frame ${frame} has ${size} bytes, expected at most ${blockSize}`, at);
    const bytes = this.#source.read(offset, size);
    if (bytes.length < size) return this.#problem('truncated-file', `page frame ${frame} lies at byte ${offset}, outside the file, which has ${this.#source.size}`, at);
    const page = decompressPage(bytes, flags, blockSize);
    return page.ok ? page.value : this.#problem(page.error.code, `${page.error.message} (page frame ${frame})`, offset);
  }

  #problem(code: string, message: string, offset: number): null {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ code, message, at: { file: this.#source.name, offset } });
    return null;
  }
}

function vmcoreinfo(source: ByteSource, { vmcoreinfo: { offset, size } }: KdumpHeader, problems: LabError[]): (readonly [string, string])[] {
  if (size === 0) return [];
  const view = size > MAX_VMCOREINFO ? null : viewAt(source, offset, size);
  if (view !== null) return vmcoreinfoNotes(new TextDecoder('latin1').decode(new Uint8Array(view.buffer, view.byteOffset, size)));
  problems.push({ code: 'bad-note', message: `VMCOREINFO of ${size} bytes lies outside the file, which has ${source.size}`, at: { file: source.name, offset } });
  return [];
}

/** Opens a kdump-compressed dump. */
export function openKdump(source: ByteSource, problems: LabError[] = []): OpenImage {
  const header = readHeader(source);
  if (!header.ok) return header;
  const pages = new KdumpPages(source, header.value, problems);
  const { blockSize, release, machine, level, version, compressed } = header.value;
  const size = BigInt(blockSize);
  const ranges = [...pages.present.runs()].map(([first, count]) => ({ base: BigInt(first) * size, size: BigInt(count) * size }));
  if (ranges.length === 0) return fail('no-memory', 'this dump holds no memory: its bitmap of page frames is empty', { file: source.name, offset: header.value.bitmap });
  const told = [['header version', String(version)], ['release', release], ['machine', machine], ['page size', String(blockSize)], ['dump level', String(level)], ['pages', compressed]] as const;
  const notes = [...told.filter(([, value]) => value !== ''), ...vmcoreinfo(source, header.value, problems)];
  return ok({ title: 'kdump-compressed dump', ranges, notes, problems, page: (pa) => pages.page(pa) });
}

/** The same, in flattened form. */
export function openFlattened(source: ByteSource): OpenImage {
  const problems: LabError[] = [];
  const whole: Result<ByteSource> = rearrange(source, problems);
  if (!whole.ok) return whole;
  const opened = openKdump(whole.value, problems);
  return opened.ok ? ok({ ...opened.value, title: 'kdump-compressed dump, flattened' }) : opened;
}
