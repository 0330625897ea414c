/** A capture out of a dump: of all its memory only the pages that the SMMU's structures reach. */
import { hex } from '../../model/base/address.ts';
import { fail, ok } from '../../model/base/result.ts';
import type { LabError, Result } from '../../model/base/result.ts';
import { isValid, surveyStreams } from '../../model/survey/streams.ts';
import { surveyStructures } from '../../model/survey/structures.ts';
import type { Surveyed } from '../../model/survey/surveyed.ts';
import { decodeFeatures } from '../../model/spec/index.ts';
import { PAGE } from '../memory-image/memory-image.ts';
import type { MemoryImage } from '../memory-image/memory-image.ts';
import { PagedMemory } from '../memory-image/paged-memory.ts';
import { completed } from '../register-dump/register-state.ts';
import type { RegisterState } from '../register-dump/register-state.ts';
import { idRegisters } from './capture.ts';
import type { Capture, Segment } from './capture.ts';
import { joinRanges } from './ranges.ts';

/** What was found out on the way. */
export interface Gathered {
  readonly capture: Capture;
  /** For people: what the dump says of itself, and what was assumed. */
  readonly notes: readonly string[];
  readonly problems: readonly LabError[];
}

/** Tables that map 256 GiB in pages of 4 KiB. */
const MAX_PAGES = 1 << 17;

const readable = (size: bigint): string => (size >= 1n << 30n ? `${Number((size * 10n) >> 30n) / 10} GiB` : size >= 1n << 20n ? `${size >> 20n} MiB` : `${size >> 10n} KiB`);

/** Pages that structures lie in, in order. */
function reached(surveyed: Surveyed): bigint[] {
  const pages = new Set<bigint>();
  const size = BigInt(PAGE);
  for (const { pa, size: bytes } of surveyStructures(surveyed)) {
    for (let at = pa - (pa % size); at < pa + bytes && pages.size <= MAX_PAGES; at += size) pages.add(at);
  }
  return [...pages].sort((a, b) => (a < b ? -1 : 1));
}

/** Most pages of queues are; a callback a byte would be most of the time that a machine stands still. */
function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}

function segmentsOf(memory: PagedMemory, pages: readonly bigint[]): Pick<Capture, 'segments' | 'zeroRanges'> {
  const segments: Segment[] = [];
  const zeros: { base: bigint; size: bigint }[] = [];
  for (const base of pages) {
    const bytes = memory.page(base);
    if (bytes === null) continue;
    if (isZero(bytes)) zeros.push({ base, size: BigInt(PAGE) });
    else segments.push({ base, size: BigInt(PAGE), bytes: Uint8Array.from(bytes) });
  }
  return { segments, zeroRanges: joinRanges(zeros) };
}

/** Builds a capture from memory and registers. Fails where registers that are needed are missing, or nothing of the stream table is in the dump. */
export function gather(image: MemoryImage, state: RegisterState): Result<Gathered> {
  const complete = completed(state);
  if (!complete.ok) return complete;
  const { image: registers, notes, problems } = complete.value;
  const id = idRegisters(registers);
  const memory = new PagedMemory(image);
  const surveyed: Surveyed = { registers, features: decodeFeatures(id), memory };
  const streams = surveyStreams(surveyed);
  if (streams.tables.every(({ isThere }) => !isThere) && memory.read64(streams.base) === null) {
    return fail('no-stream-table', `the stream table at ${hex(streams.base)} is not in this memory, which has ${image.ranges.map(({ base, size }) => `${hex(base)} to ${hex(base + size - 1n)}`).join(', ')}: is it of this machine, and its base right?`);
  }
  const pages = reached(surveyed);
  if (pages.length > MAX_PAGES) return fail('too-large', `the SMMU's structures reach more than ${readable(BigInt(MAX_PAGES * PAGE))} of memory: is STRTAB_BASE right?`);
  const { segments, zeroRanges } = segmentsOf(memory, pages);
  const total = image.ranges.reduce((sum, { size }) => sum + size, 0n);
  const description = `${image.title}, ${readable(total)} of memory, of which the SMMU's structures reach ${readable(BigInt((segments.length + zeroRanges.reduce((sum, { size }) => sum + Number(size) / PAGE, 0)) * PAGE))}`;
  const capture: Capture = {
    description, id, registers, segments, zeroRanges, ram: image.ranges,
    streams: streams.streams.filter((one) => isValid(one) && one.fields['Config'] !== 0).map(({ sid, fields }) => ({ sid, config: Number(fields['Config']), mappings: null })),
    names: [], translations: [], unmapped: [], faults: [], specExpected: [],
  };
  return ok({ capture, notes: [...image.notes.map(([name, value]) => `${name} ${value}`), ...notes], problems: [...problems, ...image.problems] });
}
