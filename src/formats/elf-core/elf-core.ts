/** ELF core files of a machine's memory: /proc/vmcore, QEMU's dump-guest-memory, `crash`. 64-bit, little-endian, AArch64. */
import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import type { ByteSource } from '../memory-image/byte-source.ts';
import { viewAt } from '../memory-image/byte-source.ts';
import { PAGE } from '../memory-image/memory-image.ts';
import type { OpenImage } from '../memory-image/memory-image.ts';
import { SegmentMap } from './segment-map.ts';
import type { FileSegment } from './segment-map.ts';
import { readNotes } from './notes.ts';

const HEADER = { TYPE: 16, MACHINE: 18, PHOFF: 32, SHOFF: 40, PHENTSIZE: 54, PHNUM: 56, BYTES: 64 } as const;
const ET_CORE = 4;
const EM_AARCH64 = 183;
const PT = { LOAD: 1, NOTE: 4 } as const;
const PHDR_BYTES = 56;
/** e_phnum of a file with more program headers than 16 bits count: sh_info of section 0 has the number. */
const PN_XNUM = 0xffff;
const SH_INFO = 44;
const MAX_PHDRS = 1 << 20;

interface Headers {
  readonly offset: number;
  readonly count: number;
}

function readHeader(source: ByteSource): Result<Headers> {
  const at = (offset: number) => ({ file: source.name, offset });
  const view = viewAt(source, 0, HEADER.BYTES);
  if (view === null) return fail('truncated-file', `this ELF file ends after ${source.size} bytes, within its header`, at(source.size));
  if (view.getUint32(0) !== 0x7f454c46) return fail('no-elf', 'this is no ELF file: it does not begin with 7f 45 4c 46', at(0));
  if (view.getUint8(4) !== 2) return fail('bad-elf', 'this ELF file is not of 64 bits', at(4));
  if (view.getUint8(5) !== 1) return fail('bad-elf', 'this ELF file is not little-endian', at(5));
  if (view.getUint16(HEADER.TYPE, true) !== ET_CORE) return fail('bad-elf', `this ELF file is no core file: its type is ${view.getUint16(HEADER.TYPE, true)}, expected ${ET_CORE}`, at(HEADER.TYPE));
  const machine = view.getUint16(HEADER.MACHINE, true);
  if (machine !== EM_AARCH64) return fail('bad-elf', `this ELF file is of machine ${machine}, expected ${EM_AARCH64} (AArch64)`, at(HEADER.MACHINE));
  if (view.getUint16(HEADER.PHENTSIZE, true) !== PHDR_BYTES) return fail('bad-elf', `its program headers have ${view.getUint16(HEADER.PHENTSIZE, true)} bytes each, expected ${PHDR_BYTES}`, at(HEADER.PHENTSIZE));
  const offset = Number(view.getBigUint64(HEADER.PHOFF, true));
  const count = countOf(source, view);
  if (count === null) return fail('truncated-file', 'the number of its program headers is in a section header that lies outside the file', at(HEADER.SHOFF));
  if (count === 0) return fail('bad-elf', 'this ELF file has no program headers, expected at least one of PT_LOAD', at(HEADER.PHNUM));
  if (count > MAX_PHDRS) return fail('bad-elf', `this ELF file has ${count} program headers, at most ${MAX_PHDRS} are read`, at(HEADER.PHNUM));
  return ok({ offset, count });
}

function countOf(source: ByteSource, header: DataView): number | null {
  const count = header.getUint16(HEADER.PHNUM, true);
  if (count !== PN_XNUM) return count;
  const section = viewAt(source, Number(header.getBigUint64(HEADER.SHOFF, true)), 64);
  return section === null ? null : section.getUint32(SH_INFO, true);
}

/** Opens a core file: memory is what its PT_LOAD headers place at p_paddr, VMCOREINFO what a PT_NOTE says. */
export function openElfCore(source: ByteSource): OpenImage {
  const header = readHeader(source);
  if (!header.ok) return header;
  const { offset, count } = header.value;
  const problems: LabError[] = [];
  const segments: FileSegment[] = [];
  const notes: (readonly [string, string])[] = [];
  for (let index = 0; index < count; index++) {
    const at = offset + index * PHDR_BYTES;
    const view = viewAt(source, at, PHDR_BYTES);
    if (view === null) return fail('truncated-file', `program header ${index} of ${count} lies outside the file, which has ${source.size} bytes`, { file: source.name, offset: at });
    const header = programHeader(view);
    if (header.type === PT.NOTE) notes.push(...readNotes(source, header.offset, header.fileSize, problems));
    if (header.type !== PT.LOAD || header.memorySize === 0n) continue;
    const segment = segmentOf(header, index);
    if (segment.ok) segments.push(segment.value);
    else problems.push({ ...segment.error, at: { file: source.name, offset: at } });
  }
  const map = new SegmentMap(source, segments, problems);
  if (map.ranges.length === 0) return fail('no-memory', 'this core file holds no memory: none of its program headers is a PT_LOAD that can be used', { file: source.name, offset });
  return ok({ title: 'ELF core file', ranges: map.ranges, notes, problems, page: (pa) => map.page(pa) });
}

interface ProgramHeader {
  readonly type: number;
  readonly offset: number;
  readonly paddr: bigint;
  readonly fileSize: number;
  readonly memorySize: bigint;
}

const programHeader = (view: DataView): ProgramHeader => ({
  type: view.getUint32(0, true),
  offset: Number(view.getBigUint64(8, true)),
  paddr: view.getBigUint64(24, true),
  fileSize: Number(view.getBigUint64(32, true)),
  memorySize: view.getBigUint64(40, true),
});

function segmentOf({ paddr, offset, fileSize, memorySize }: ProgramHeader, index: number): Result<FileSegment> {
  if (paddr % BigInt(PAGE) !== 0n) return fail('bad-segment', `PT_LOAD ${index} begins at physical address ${hex(paddr)}, no multiple of ${PAGE}: it is left out`);
  if (paddr + memorySize > 1n << 52n) return fail('bad-segment', `PT_LOAD ${index} ends at ${hex(paddr + memorySize)}, beyond 52 bits of physical address (a p_paddr that was not filled in?): it is left out`);
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(fileSize)) return fail('bad-segment', `PT_LOAD ${index} lies beyond what a file can hold: it is left out`);
  return ok({ base: paddr, size: memorySize, offset, stored: fileSize });
}
